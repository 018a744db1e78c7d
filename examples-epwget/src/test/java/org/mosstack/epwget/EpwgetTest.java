package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.epwget.LoadFixture.config;
import static org.mosstack.epwget.RawServer.ok;
import static org.mosstack.epwget.RawServer.send;
import static org.mosstack.epwget.RawServer.sendAndClose;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows that complete: their number, their distribution, connection reuse, stopping. */
@Timeout(60)
class EpwgetTest {
  private static final String BODY = "0123456789".repeat(100);

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void makesOneConnectionARequest(int loops) {
    try (RawServer server = new RawServer((ctx, _) -> sendAndClose(ctx, ok(BODY)));
        LoadFixture client = new LoadFixture(loops)) {
      Summary summary = client.run(config(server.port(), 500, 10));
      assertEquals(500, summary.completed());
      assertTrue(summary.complete());
      assertEquals(Map.of(), summary.errorsByKind());
      assertEquals(500, summary.connections());
      assertEquals(500L * BODY.length(), summary.bytes());
      assertEquals(500L * ok(BODY).length(), summary.bytesRead());
      assertEquals(500L * server.requests.getFirst().length(), summary.bytesWritten());
      assertEquals(500, server.connections.get());
      assertEquals(500, server.requests.size());
      assertTrue(summary.latencyUs().p50() > 0);
      assertTrue(summary.latencyUs().max() >= summary.latencyUs().p999());
    }
  }

  @Test
  void sendsWhatRfc9112AsksFor() {
    try (RawServer server = new RawServer((ctx, _) -> sendAndClose(ctx, ok("")));
        LoadFixture client = new LoadFixture(1)) {
      assertEquals(1, client.run(config(server.port(), 1, 1)).completed());
      assertEquals(
          "GET /file HTTP/1.1\r\nHost: 127.0.0.1:"
              + server.port()
              + "\r\nUser-Agent: epwget\r\nAccept: */*\r\nConnection: close\r\n\r\n",
          server.requests.getFirst());
    }
  }

  /** The server answers only at full concurrency, which must never be exceeded. */
  @Test
  void keepsTheConcurrencyInFlight() {
    int concurrency = 7;
    AtomicInteger waiting = new AtomicInteger();
    CompletableFuture<Void> full = new CompletableFuture<>();
    try (RawServer server =
            new RawServer(
                (ctx, _) -> {
                  full.thenRun(() -> sendAndClose(ctx, ok(BODY)));
                  if (waiting.incrementAndGet() == concurrency) {
                    full.complete(null);
                  }
                });
        LoadFixture client = new LoadFixture(3)) {
      Epwget run =
          client.start(config(server.port(), concurrency, concurrency), EpwgetOptions.defaults());
      assertEquals(concurrency, LoadFixture.join(run).completed());
      assertEquals(concurrency, server.maxOpen.get());
    }
  }

  @Test
  void dividesFlowsAndConcurrencyWithTheirRemainders() {
    try (RawServer server = new RawServer((ctx, _) -> sendAndClose(ctx, ok(BODY)));
        LoadFixture client = new LoadFixture(4)) {
      Epwget run =
          client.start(config(server.port(), 11, 8).withCoreLimit(3), EpwgetOptions.defaults());
      assertEquals(11, LoadFixture.join(run).completed());
      assertEquals(
          List.of(4L, 4L, 3L), run.counters().stream().map(LoopCounters::completes).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void usesNoMoreLoopsThanFlowsOrConcurrency(int limit) {
    try (RawServer server = new RawServer((ctx, _) -> sendAndClose(ctx, ok(BODY)));
        LoadFixture client = new LoadFixture(3)) {
      Epwget few = client.start(config(server.port(), limit, 9), EpwgetOptions.defaults());
      assertEquals(limit, LoadFixture.join(few).completed());
      assertEquals(limit, few.counters().size());
      Epwget narrow = client.start(config(server.port(), 9, limit), EpwgetOptions.defaults());
      assertEquals(9, LoadFixture.join(narrow).completed());
      assertEquals(limit, narrow.counters().size());
    }
  }

  @Test
  void keepAliveUsesOneConnectionForEachInFlight() {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok(BODY)));
        LoadFixture client = new LoadFixture(2)) {
      Summary summary = client.run(config(server.port(), 400, 6).withKeepAlive(true));
      assertEquals(400, summary.completed());
      assertEquals(6, summary.connections());
      assertEquals(6, server.connections.get());
      assertEquals(0, summary.reopened());
      assertTrue(server.requests.getFirst().contains("\r\nConnection: keep-alive\r\n"));
    }
  }

  @Test
  void keepAliveReopensWhenTheServerSaysClose() {
    String last = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    try (RawServer server =
            new RawServer(
                (ctx, n) -> {
                  if (n % 5 == 0) {
                    sendAndClose(ctx, last);
                  } else {
                    send(ctx, ok(BODY));
                  }
                });
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = client.run(config(server.port(), 100, 4).withKeepAlive(true));
      assertEquals(100, summary.completed());
      assertEquals(0, summary.reopened());
      assertTrue(summary.connections() >= 20, summary.toString());
    }
  }

  /**
   * The server's FIN crosses the next request: the request is sent again, and nothing has failed.
   */
  @Test
  void keepAliveReopensWhenTheServerClosesUnannounced() {
    try (RawServer server =
            new RawServer(
                (ctx, n) -> {
                  if (n == 3) {
                    sendAndClose(ctx, ok(BODY));
                  } else if (n < 3) {
                    send(ctx, ok(BODY));
                  }
                });
        LoadFixture client = new LoadFixture(2)) {
      Summary summary = client.run(config(server.port(), 300, 4).withKeepAlive(true));
      assertEquals(300, summary.completed(), summary::toText);
      assertEquals(Map.of(), summary.errorsByKind());
      assertTrue(summary.connections() >= 100, summary.toString());
    }
  }

  /** A server that keeps answering the first request and resetting at the second. */
  @Test
  void keepAliveReopensWhenTheServerResetsAnIdleConnection() {
    try (RawServer server =
            new RawServer(
                (ctx, n) -> {
                  if (n == 1) {
                    send(ctx, ok(BODY));
                  } else {
                    RawServer.reset(ctx);
                  }
                });
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = client.run(config(server.port(), 50, 3).withKeepAlive(true));
      assertEquals(50, summary.completed(), summary::toText);
      assertTrue(summary.reopened() >= 40, summary.toString());
    }
  }

  @Test
  void takesChunkedBodies() {
    String chunked =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, chunked));
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = client.run(config(server.port(), 20, 2).withKeepAlive(true));
      assertEquals(20, summary.completed(), summary::toText);
      assertEquals(20 * "hello world".length(), summary.bytes());
      assertEquals(2, summary.connections());
    }
  }

  @Test
  void passesOverInterimResponses() {
    String early = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, early + early + ok(BODY)));
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = client.run(config(server.port(), 20, 2).withKeepAlive(true));
      assertEquals(20, summary.completed(), summary::toText);
      assertEquals(20L * BODY.length(), summary.bytes());
    }
  }

  @Test
  void stopEndsARunThatWouldNotEnd() {
    try (RawServer server = new RawServer((_, _) -> {});
        LoadFixture client = new LoadFixture(2)) {
      Epwget run = client.start(config(server.port(), 1000, 8), EpwgetOptions.defaults());
      LoadFixture.await("8 requests", () -> server.requests.size() == 8);
      assertFalse(run.summary().isDone());
      run.stop();
      Summary summary = LoadFixture.join(run);
      assertEquals(0, summary.completed());
      assertEquals(1000, summary.unfinished());
      assertEquals(Map.of(), summary.errorsByKind());
      assertFalse(summary.complete());
      run.stop(); // no effect
      LoadFixture.await("closed connections", () -> server.open.get() == 0);
    }
  }

  @Test
  void stopsWithoutATimeLimitToo() {
    try (RawServer server = new RawServer((_, _) -> {});
        LoadFixture client = new LoadFixture(1)) {
      Epwget run =
          client.start(
              config(server.port(), 10, 4), EpwgetOptions.defaults().withTimeout(Duration.ZERO));
      LoadFixture.await("4 requests", () -> server.requests.size() == 4);
      run.stop();
      assertEquals(10, LoadFixture.join(run).unfinished());
    }
  }
}
