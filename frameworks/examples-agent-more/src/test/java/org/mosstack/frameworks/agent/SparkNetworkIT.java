package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.buffer.ManagedBuffer;
import org.apache.spark.network.buffer.NioManagedBuffer;
import org.apache.spark.network.client.ChunkReceivedCallback;
import org.apache.spark.network.client.RpcResponseCallback;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.OneForOneStreamManager;
import org.apache.spark.network.server.RpcHandler;
import org.apache.spark.network.server.StreamManager;
import org.apache.spark.network.server.TransportServer;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;

/** Spark's transport of shuffles and calls: its own NIO or epoll channels on both sides. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
@SuppressWarnings("try") // its server ends in the middle, too
class SparkNetworkIT {
  private static final int CALLS = 5000;
  private static final int AT_A_TIME = 100;
  private static final int CHUNKS = 10;
  private static final int CHUNK = 1 << 20;
  private static final long LIMIT_MILLIS = 60_000;

  /** Answers calls by what they say, and has a stream of chunks. */
  private static final class Handler extends RpcHandler {
    final OneForOneStreamManager streams = new OneForOneStreamManager();

    @Override
    public void receive(TransportClient client, ByteBuffer call, RpcResponseCallback callback) {
      ByteBuffer copy = ByteBuffer.allocate(call.remaining()).put(call).flip();
      callback.onSuccess(copy);
    }

    @Override
    public StreamManager getStreamManager() {
      return streams;
    }
  }

  private static CompletableFuture<ByteBuffer> call(TransportClient client, int value) {
    CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
    client.sendRpc(
        ByteBuffer.allocate(4).putInt(value).flip(),
        new RpcResponseCallback() {
          @Override
          public void onSuccess(ByteBuffer response) {
            // Netty's buffer behind it is gone after this call.
            answer.complete(ByteBuffer.allocate(response.remaining()).put(response).flip());
          }

          @Override
          public void onFailure(Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  private static CompletableFuture<ByteBuffer> fetch(TransportClient client, long stream, int i) {
    CompletableFuture<ByteBuffer> answer = new CompletableFuture<>();
    client.fetchChunk(
        stream,
        i,
        new ChunkReceivedCallback() {
          @Override
          public void onSuccess(int index, ManagedBuffer buffer) {
            try {
              ByteBuffer bytes = buffer.nioByteBuffer();
              answer.complete(ByteBuffer.allocate(bytes.remaining()).put(bytes).flip());
            } catch (IOException e) {
              answer.completeExceptionally(e);
            }
          }

          @Override
          public void onFailure(int index, Throwable e) {
            answer.completeExceptionally(e);
          }
        });
    return answer;
  }

  @Test
  void callsAndChunksAndTheServersEnd() throws Exception {
    TransportConf conf =
        new TransportConf("shuffle", new MapConfigProvider(Map.of("spark.shuffle.io.mode", "NIO")));
    Handler handler = new Handler();
    byte[] chunk = new byte[CHUNK];
    new Random(1).nextBytes(chunk);
    try (TransportContext context = new TransportContext(conf, handler);
        TransportClientFactory clients = context.createClientFactory()) {
      try (TransportServer server = context.createServer("127.0.0.1", 0, List.of())) {
        TransportClient client = clients.createClient("127.0.0.1", server.getPort());
        for (int i = 0; i < CALLS; i += AT_A_TIME) {
          List<CompletableFuture<ByteBuffer>> answers =
              IntStream.range(i, i + AT_A_TIME).mapToObj(k -> call(client, k)).toList();
          for (int k = 0; k < AT_A_TIME; k++) {
            assertEquals(i + k, Waiting.get(answers.get(k)).getInt());
          }
        }
        long stream =
            handler.streams.registerStream(
                null,
                IntStream.range(0, CHUNKS)
                    .mapToObj(_ -> (ManagedBuffer) new NioManagedBuffer(ByteBuffer.wrap(chunk)))
                    .iterator(),
                client.getChannel());
        List<CompletableFuture<ByteBuffer>> fetched =
            IntStream.range(0, CHUNKS).mapToObj(i -> fetch(client, stream, i)).toList();
        for (CompletableFuture<ByteBuffer> each : fetched) {
          assertEquals(ByteBuffer.wrap(chunk), Waiting.get(each));
        }
        server.close();
        assertThrows(
            IOException.class,
            () -> {
              client.getChannel().closeFuture().await(LIMIT_MILLIS);
              clients.createClient("127.0.0.1", server.getPort());
            });
      }
      try (TransportServer next = context.createServer("127.0.0.1", 0, List.of())) {
        TransportClient client = clients.createClient("127.0.0.1", next.getPort());
        assertEquals(7, Waiting.get(call(client, 7)).getInt());
        assertTrue(client.isActive());
      }
    }
  }
}
