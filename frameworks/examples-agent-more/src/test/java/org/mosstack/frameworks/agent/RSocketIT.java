package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBufUtil;
import io.rsocket.Payload;
import io.rsocket.RSocket;
import io.rsocket.core.RSocketConnector;
import io.rsocket.core.RSocketServer;
import io.rsocket.transport.netty.client.TcpClientTransport;
import io.rsocket.transport.netty.server.CloseableChannel;
import io.rsocket.transport.netty.server.TcpServerTransport;
import io.rsocket.util.DefaultPayload;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** RSocket over Reactor Netty's TCP, on its own loops. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class RSocketIT {
  private static final int REQUESTS = 5000;
  private static final int MILLION = 1_000_000;
  private static final int FRAGMENT = 64 << 10;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private final CountDownLatch cancelled = new CountDownLatch(1);

  /** Sends a payload back, and has a stream of a million. */
  private final class Responder implements RSocket {
    @Override
    public Mono<Payload> requestResponse(Payload payload) {
      byte[] bytes = ByteBufUtil.getBytes(payload.sliceData());
      payload.release();
      return Mono.just(DefaultPayload.create(bytes));
    }

    @Override
    public Flux<Payload> requestStream(Payload payload) {
      payload.release();
      return Flux.range(0, MILLION)
          .map(i -> DefaultPayload.create(Integer.toString(i)))
          .doOnCancel(cancelled::countDown);
    }
  }

  private CloseableChannel serve(int port) {
    return RSocketServer.create((_, _) -> Mono.just(new Responder()))
        .fragment(FRAGMENT)
        .bind(TcpServerTransport.create("127.0.0.1", port))
        .block(LIMIT);
  }

  private static RSocket connect(int port) {
    return RSocketConnector.create()
        .fragment(FRAGMENT)
        .connect(TcpClientTransport.create("127.0.0.1", port))
        .block(LIMIT);
  }

  private static Mono<byte[]> echo(RSocket client, byte[] bytes) {
    return client
        .requestResponse(DefaultPayload.create(bytes))
        .map(
            payload -> {
              byte[] back = ByteBufUtil.getBytes(payload.sliceData());
              payload.release();
              return back;
            });
  }

  @Test
  void requestsStreamsAndAServersRestart() throws Exception {
    CloseableChannel server = serve(0);
    int port = server.address().getPort();
    RSocket client = connect(port);
    Echoes.small(REQUESTS, body -> echo(client, body));
    Echoes.large(body -> echo(client, body));
    assertEquals(
        10,
        client
            .requestStream(DefaultPayload.create(""))
            .doOnNext(Payload::release)
            .take(10)
            .count()
            .block(LIMIT));
    assertTrue(cancelled.await(Waiting.SECONDS, TimeUnit.SECONDS));

    server.dispose();
    server.onClose().block(LIMIT);
    client.dispose(); // a server's end is that of its listener alone
    client.onClose().onErrorComplete().block(LIMIT);
    assertThrows(Exception.class, () -> connect(port));
    CloseableChannel next = serve(port);
    RSocket again = connect(port);
    assertArrayEquals(Echoes.SMALL, echo(again, Echoes.SMALL).block(LIMIT));
    again.dispose();
    again.onClose().onErrorComplete().block(LIMIT);
    next.dispose();
    next.onClose().block(LIMIT);
  }
}
