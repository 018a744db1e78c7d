package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.epwget.LoadFixture.config;
import static org.mosstack.epwget.RawServer.ok;
import static org.mosstack.epwget.RawServer.send;
import static org.mosstack.epwget.RawServer.sendAndClose;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Response bodies written to files, and reading that waits for the files. */
@Timeout(60)
class OutputTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void writesEachBodyToItsFile(boolean keepAlive) throws IOException {
    AtomicInteger answers = new AtomicInteger();
    try (RawServer server =
            new RawServer((ctx, _) -> send(ctx, ok("body " + answers.getAndIncrement())));
        LoadFixture client = new LoadFixture(2)) {
      EpwgetConfig config = config(server.port(), 40, 4).withKeepAlive(keepAlive);
      Summary summary = LoadFixture.join(client.start(config, output()));
      assertEquals(40, summary.completed(), summary::toText);
      assertEquals(keepAlive ? 4 : 40, summary.connections());
      assertEquals(40, files());
      // Every body once, whatever order the server received the requests in.
      boolean[] seen = new boolean[40];
      for (int flow = 0; flow < 40; flow++) {
        String body = Files.readString(folder.resolve("out." + flow));
        seen[Integer.parseInt(body.substring("body ".length()))] = true;
      }
      assertEquals(40, Stream.iterate(0, i -> i + 1).limit(40).filter(i -> seen[i]).count());
    }
  }

  @Test
  void writesLargeAndEmptyBodies() throws IOException {
    long seed = 4711;
    byte[] body = new byte[3_000_000];
    new Random(seed).nextBytes(body);
    try (RawServer server =
            new RawServer(
                (ctx, n) -> {
                  byte[] bytes = n == 1 ? body : new byte[0];
                  send(ctx, "HTTP/1.1 200 OK\r\nContent-Length: " + bytes.length + "\r\n\r\n");
                  ctx.writeAndFlush(Unpooled.wrappedBuffer(bytes));
                });
        LoadFixture client = new LoadFixture(1)) {
      EpwgetConfig config = config(server.port(), 2, 1).withKeepAlive(true);
      assertEquals(2, LoadFixture.join(client.start(config, output())).completed());
      assertTrue(Arrays.equals(body, Files.readAllBytes(folder.resolve("out.0"))), "seed " + seed);
      assertEquals(0, Files.size(folder.resolve("out.1")));
    }
  }

  @Test
  void replacesWhatWasThere() throws IOException {
    Files.writeString(folder.resolve("out.0"), "something longer than the body");
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("body")));
        LoadFixture client = new LoadFixture(1)) {
      LoadFixture.join(client.start(config(server.port(), 1, 1), output()));
      assertEquals("body", Files.readString(folder.resolve("out.0")));
    }
  }

  @Test
  void keepsWhatCameOfAnIncompleteBody() throws IOException {
    try (RawServer server =
            new RawServer(
                (ctx, _) ->
                    sendAndClose(ctx, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"));
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = LoadFixture.join(client.start(config(server.port(), 3, 2), output()));
      assertEquals(3, summary.incompletes());
      assertEquals("hello", Files.readString(folder.resolve("out.2")));
    }
  }

  /** An endless body: the file stays within its limit, and the connection is closed. */
  @Test
  void anEndlessBodyDoesNotFillTheDisk() throws IOException {
    try (RawServer server =
            new RawServer(
                (ctx, _) -> {
                  send(ctx, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  endless(ctx);
                });
        LoadFixture client = new LoadFixture(1)) {
      EpwgetOptions options = output().withMaxBodyBytes(1 << 20);
      Summary summary = LoadFixture.join(client.start(config(server.port(), 1, 1), options));
      assertEquals(Map.of("too-large", 1L), summary.errorsByKind());
      assertTrue(Files.size(folder.resolve("out.0")) <= 1 << 20);
    }
    assertEquals(EpwgetOptions.DEFAULT_MAX_FILE_BYTES, output().maxBodyBytes());
  }

  private static void endless(ChannelHandlerContext ctx) {
    send(ctx, "4000\r\n" + "x".repeat(0x4000) + "\r\n")
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                endless(ctx);
              }
            });
  }

  @Test
  void countsFilesThatCannotBeWritten() {
    EpwgetOptions options =
        EpwgetOptions.defaults().withOutputPrefix(folder.resolve("missing").resolve("out"));
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("body")));
        LoadFixture client = new LoadFixture(2)) {
      Summary summary = LoadFixture.join(client.start(config(server.port(), 20, 4), options));
      assertEquals(Map.of("file-error", 20L), summary.errorsByKind());
      assertEquals(20, summary.errors());
    }
  }

  /** The file's thread is blocked: reading must stop after the limit, and resume with the file. */
  @Test
  void readsNoFasterThanItWrites() throws IOException {
    int size = 16 << 20;
    CountDownLatch gate = new CountDownLatch(1);
    ExecutorService writers = Executors.newFixedThreadPool(2);
    writers.execute(() -> awaitGate(gate));
    writers.execute(() -> awaitGate(gate));
    try (RawServer server =
            new RawServer(
                (ctx, _) -> {
                  send(ctx, "HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                  for (int sent = 0; sent < size; sent += 1 << 16) {
                    ctx.write(Unpooled.wrappedBuffer(new byte[1 << 16]));
                  }
                  ctx.flush();
                });
        LoadFixture client = new LoadFixture(1)) {
      // The timeout is shorter than the wait below: waiting for a file must not time out.
      EpwgetOptions options = output().withTimeout(Duration.ofMillis(500));
      Epwget run =
          Epwget.start(
              client.group, client.channels(), config(server.port(), 1, 1), options, writers);
      LoopCounters counters = run.counters().getFirst();
      LoadFixture.await("a pause", () -> counters.pauses() == 1);
      // A task after the pause, and one after two timeouts: nothing was read in between.
      long read = client.group.submit(counters::readBytes).syncUninterruptibly().getNow();
      assertTrue(read < Connection.PAUSE_BYTES + (1 << 20), "read " + read);
      long later =
          client
              .group
              .schedule(counters::readBytes, 1200, TimeUnit.MILLISECONDS)
              .syncUninterruptibly()
              .getNow();
      assertEquals(read, later);
      gate.countDown();
      Summary summary = LoadFixture.join(run);
      assertEquals(1, summary.completed(), summary::toText);
      assertEquals(size, Files.size(folder.resolve("out.0")));
    } finally {
      gate.countDown();
      writers.shutdownNow();
    }
  }

  private EpwgetOptions output() {
    return EpwgetOptions.defaults().withOutputPrefix(folder.resolve("out"));
  }

  private long files() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.count();
    }
  }

  private static void awaitGate(CountDownLatch gate) {
    try {
      gate.await();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
