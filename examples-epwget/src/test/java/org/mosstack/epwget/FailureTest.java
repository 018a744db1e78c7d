package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.epwget.LoadFixture.config;
import static org.mosstack.epwget.RawServer.ok;
import static org.mosstack.epwget.RawServer.send;
import static org.mosstack.epwget.RawServer.sendAndClose;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Flows that fail: each is counted once under its kind, and the run continues. */
@Timeout(60)
class FailureTest {
  private static final int FLOWS = 30;
  private static final String LONG_BODY = "x".repeat(101);
  private static final EpwgetOptions SHORT =
      EpwgetOptions.defaults().withTimeout(Duration.ofMillis(100));

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.1 404 Not Found|Content-Length: 2||no, status-404",
    "HTTP/1.1 500 Oops|Connection: close||, status-500",
    "HTTP/1.1 204 No Content||, status-204",
    "HTTP/1.1 101 Switching Protocols||, status-101",
    "HTTP/1.1 200 OK|Content-Length: 5||hello more, length-mismatch",
    "HTTP/1.1 200 OK|Content-Length: 0||x, length-mismatch",
    "HTTP/1.1 200 OK||hello, no-length",
    "what is this?||, parse-error",
    "HTTP/1.1 200 OK|Content-Length: many||hello, parse-error",
    "HTTP/1.1 200 OK|Content-Length: 4|Content-Length: 5||hello, parse-error",
    "HTTP/1.1 200 OK|Transfer-Encoding: chunked||zz|hello|0||, parse-error",
  })
  void countsWrongResponses(String response, String kind) {
    String bytes = response.replace("|", "\r\n");
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, bytes));
        LoadFixture client = new LoadFixture(2)) {
      assertFailed(client.run(config(server.port(), FLOWS, 4)), kind, false);
      assertFailed(client.run(config(server.port(), FLOWS, 4).withKeepAlive(true)), kind, false);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "'', closed-before-response",
    "HTTP/1.1 20, closed-early",
    "HTTP/1.1 200 OK|Content-, closed-early",
    "HTTP/1.1 200 OK|Content-Length: 6||hello, closed-early",
    "HTTP/1.1 200 OK|Transfer-Encoding: chunked||5|hello|, closed-early",
    "HTTP/1.1 103 Early Hints||, closed-early",
  })
  void countsResponsesCutShortAsIncompletes(String response, String kind) {
    String bytes = response.replace("|", "\r\n");
    try (RawServer server = new RawServer((ctx, _) -> sendAndClose(ctx, bytes));
        LoadFixture client = new LoadFixture(2)) {
      assertFailed(client.run(config(server.port(), FLOWS, 4)), kind, true);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"})
  void countsResets(String before) {
    try (RawServer server =
            new RawServer((ctx, _) -> send(ctx, before).addListener(_ -> RawServer.reset(ctx)));
        LoadFixture client = new LoadFixture(1)) {
      assertFailed(client.run(config(server.port(), FLOWS, 4)), "reset", false);
    }
  }

  @Test
  void countsServersThatNeverAnswer() {
    try (RawServer server = new RawServer((_, _) -> {});
        LoadFixture client = new LoadFixture(2)) {
      Epwget run = client.start(config(server.port(), FLOWS, 15), SHORT);
      Summary summary = LoadFixture.join(run);
      assertFailed(summary, "response-timeout", false);
      assertTrue(summary.seconds() >= 0.2, "two rounds of 100 ms took " + summary.seconds() + " s");
      LoadFixture.await("closed connections", () -> server.open.get() == 0);
    }
  }

  @Test
  void countsServersThatStopInTheMiddle() {
    try (RawServer server =
            new RawServer(
                (ctx, _) -> send(ctx, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello"));
        LoadFixture client = new LoadFixture(1)) {
      Epwget run = client.start(config(server.port(), FLOWS, 15), SHORT);
      assertFailed(LoadFixture.join(run), "response-timeout", false);
    }
  }

  /** Sends a text repeatedly, every 20 ms, as long as the client is connected. */
  private static void trickle(ChannelHandlerContext ctx, String text) {
    send(ctx, text)
        .addListener(
            sent -> {
              if (sent.isSuccess()) {
                ctx.executor().schedule(() -> trickle(ctx, text), 20, TimeUnit.MILLISECONDS);
              }
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\n\r\n"})
  void interimResponsesDoNotExtendTheTimeLimit(String interim) {
    try (RawServer server = new RawServer((ctx, _) -> trickle(ctx, interim));
        LoadFixture client = new LoadFixture(1)) {
      Epwget run = client.start(config(server.port(), FLOWS, 15), SHORT);
      assertFailed(LoadFixture.join(run), "response-timeout", false);
    }
  }

  @Test
  void aHeadThatNeverEndsDoesNotExtendTheTimeLimit() {
    try (RawServer server =
            new RawServer(
                (ctx, _) -> {
                  send(ctx, "HTTP/1.1 200 OK\r\n");
                  trickle(ctx, "a: b\r\n");
                });
        LoadFixture client = new LoadFixture(1)) {
      Epwget run = client.start(config(server.port(), FLOWS, 15), SHORT);
      assertFailed(LoadFixture.join(run), "response-timeout", false);
    }
  }

  @Test
  void aBodyThatNeverEndsIsGivenUpWhenTheFlowHasHadItsTime() {
    EpwgetOptions options = EpwgetOptions.defaults().withMaxTime(Duration.ofMillis(200));
    try (RawServer server =
            new RawServer(
                (ctx, _) -> {
                  send(ctx, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                  trickle(ctx, "1\r\nx\r\n");
                });
        LoadFixture client = new LoadFixture(1)) {
      Epwget run = client.start(config(server.port(), FLOWS, 15), options);
      assertFailed(LoadFixture.join(run), "flow-timeout", false);
      LoadFixture.await("closed connections", () -> server.open.get() == 0);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 101\r\n\r\n",
        "Content-Length: 9223372036854775807\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n65\r\n"
      })
  void aBodyBeyondTheLimitIsGivenUp(String announced) {
    EpwgetOptions options = EpwgetOptions.defaults().withMaxBodyBytes(100);
    try (RawServer server =
            new RawServer((ctx, _) -> send(ctx, "HTTP/1.1 200 OK\r\n" + announced + LONG_BODY));
        LoadFixture client = new LoadFixture(1)) {
      Epwget run = client.start(config(server.port(), FLOWS, 4), options);
      assertFailed(LoadFixture.join(run), "too-large", false);
    }
  }

  @Test
  void aBodyAtTheLimitIsTaken() {
    EpwgetOptions options = EpwgetOptions.defaults().withMaxBodyBytes(100);
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("x".repeat(100))));
        LoadFixture client = new LoadFixture(1)) {
      Summary summary = LoadFixture.join(client.start(config(server.port(), FLOWS, 4), options));
      assertEquals(FLOWS, summary.completed(), summary::toText);
    }
  }

  @Test
  void countsOnlyTheFlowsThatFail() {
    try (RawServer server =
            new RawServer(
                (ctx, n) -> {
                  switch (n % 4) {
                    case 0 -> sendAndClose(ctx, "HTTP/1.1 404 Not Found\r\n\r\n");
                    case 3 -> sendAndClose(ctx, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n");
                    default -> send(ctx, ok("hello"));
                  }
                });
        LoadFixture client = new LoadFixture(1)) {
      // One at a time, so that each connection carries two complete flows and an incomplete one.
      Summary summary = client.run(config(server.port(), 30, 1).withKeepAlive(true));
      assertEquals(20, summary.completed());
      assertEquals(10, summary.incompletes());
      assertEquals(0, summary.errors());
      assertEquals(Map.of("closed-early", 10L), summary.errorsByKind());
      assertEquals(10, summary.connections());
    }
  }

  @Test
  void countsRefusedConnects() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    try (LoadFixture client = new LoadFixture(2)) {
      Summary summary = client.run(config(port, FLOWS, 4));
      assertFailed(summary, "connect-refused", false);
      assertEquals(FLOWS, summary.connections());
    }
  }

  @Test
  void countsConnectsThatNobodyAnswers() {
    assertConnectFails("connect-timeout", () -> new Connecting(null));
  }

  @Test
  void countsUnreachableHosts() {
    assertConnectFails(
        "unreachable", () -> new Connecting(new NoRouteToHostException("No route to host")));
    assertConnectFails(
        "unreachable", () -> new Connecting(new SocketException("Network is unreachable")));
  }

  @Test
  void countsMissingLocalPorts() {
    assertConnectFails(
        "no-local-port",
        () -> new Connecting(new BindException("Cannot assign requested address")));
  }

  @Test
  void countsChannelsThatCannotBeMade() {
    assertConnectFails(
        "connect-failed",
        () -> {
          throw new ChannelException("too many open files");
        });
  }

  @Test
  void refusesATimeoutThatCannotBe() {
    assertThrows(
        IllegalArgumentException.class,
        () -> EpwgetOptions.defaults().withTimeout(Duration.ofSeconds(-1)));
  }

  private static void assertConnectFails(String kind, ChannelFactory<Channel> factory) {
    try (LoadFixture client = new LoadFixture(2)) {
      // More than the loop starts at once, so that it must return for the rest.
      EpwgetConfig config = config(9, 1000, 1000);
      Epwget run = Epwget.start(client.group, client.channels(factory), config, SHORT);
      Summary summary = LoadFixture.join(run);
      assertEquals(Map.of(kind, 1000L), summary.errorsByKind());
      assertEquals(1000, summary.errors());
    }
  }

  private static void assertFailed(Summary summary, String kind, boolean incomplete) {
    assertEquals(Map.of(kind, (long) FLOWS), summary.errorsByKind());
    assertEquals(incomplete ? FLOWS : 0, summary.incompletes());
    assertEquals(incomplete ? 0 : FLOWS, summary.errors());
    assertEquals(0, summary.completed());
    assertEquals(0, summary.unfinished());
    assertEquals(0, summary.bytes());
  }

  /** A channel whose connect fails with a given exception, or never completes. */
  private static final class Connecting extends NioSocketChannel {
    private final IOException failure;

    Connecting(IOException failure) {
      this.failure = failure;
    }

    @Override
    protected boolean doConnect(SocketAddress remote, SocketAddress local) throws Exception {
      if (failure != null) {
        throw failure;
      }
      return false;
    }
  }
}
