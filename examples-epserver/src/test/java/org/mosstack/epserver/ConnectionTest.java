package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Pipelining, bodies, back pressure, idleness and closing. */
class ConnectionTest extends EmbeddedTestBase {

  @Test
  void pipelinedRequestsAreAnsweredInOrderAndFlushedOnce() {
    FlushCounter flushes = new FlushCounter();
    server.channel().pipeline().addFirst(flushes);
    server.send(
        get("/digits.txt")
            + request("HEAD", "/")
            + get("/nowhere")
            + get("/digits.txt", "Range: bytes=1-2")
            + request("POST", "/", "Content-Length: 40")
            + "x".repeat(40)
            + get("/empty.bin")
            + get("/"));
    List<Response> responses = Response.parse(server.received(), false, true);
    assertEquals(
        List.of(200, 200, 404, 206, 405, 200, 200),
        responses.stream().map(Response::status).toList());
    assertEquals("12", responses.get(3).body());
    assertEquals(WebFolder.INDEX, responses.getLast().body());
    assertEquals(1, flushes.count);
  }

  @Test
  void aHundredPipelinedRequestsCutAnywhere() {
    String all = get("/digits.txt").repeat(100);
    for (int at = 0; at < all.length(); at += 37) {
      server.send(all.substring(at, Math.min(all.length(), at + 37)));
    }
    List<Response> responses = Response.parse(server.received());
    assertEquals(100, responses.size());
    responses.forEach(response -> assertEquals(WebFolder.DIGITS, response.body()));
    assertEquals(100, summary().requests());
    assertEquals(1000, summary().bodyBytes());
  }

  @Test
  void bodyIsNeverReadAsTheNextRequest() {
    String inner = get("/sub%20dir/");
    server.send(get("/digits.txt", "Content-Length: " + inner.length()) + inner + get("/"));
    List<Response> responses = Response.parse(server.received());
    assertEquals(2, responses.size());
    assertEquals(WebFolder.DIGITS, responses.getFirst().body());
    assertEquals(WebFolder.INDEX, responses.getLast().body());
  }

  @Test
  void nothingIsAnsweredAfterTheLastRequest() {
    server.send(get("/digits.txt", "Connection: close") + get("/"));
    assertEquals(1, Response.parse(server.received()).size());
    assertFalse(server.isOpen());
  }

  @Test
  void nothingIsAnsweredAfterABadRequest() {
    server.send(get("/digits.txt") + "bad\r\n\r\n" + get("/"));
    assertEquals(
        List.of(200, 400),
        Response.parse(server.received()).stream().map(Response::status).toList());
    assertFalse(server.isOpen());
  }

  @Test
  void twoLengthsInAVersion10RequestEndTheConnection() {
    server.send(
        "GET / HTTP/1.0\r\n"
            + "Connection: keep-alive\r\n"
            + "Content-Length: 0\r\n"
            + "Content-Length: 44\r\n\r\n"
            + get("/digits.txt"));
    assertEquals(1, Response.parse(server.received()).size());
    assertFalse(server.isOpen());
  }

  @Test
  void clientThatWaitsIsToldToContinue() {
    server.send(get("/", "Expect: 100-continue", "Content-Length: 3"));
    assertEquals("HTTP/1.1 100 Continue\r\n\r\n", server.received());
    server.send("abc");
    assertEquals(200, Response.parse(server.received()).getFirst().status());
    assertTrue(server.isOpen());
  }

  @Test
  void clientThatReadsNothingIsNotReadFrom() {
    EmbeddedChannel channel = server.channel();
    HeldBack held = new HeldBack();
    channel.pipeline().addFirst(held);
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1000, 2000));
    assertTrue(channel.config().isAutoRead());
    server.send(get("/big.bin"));
    assertFalse(channel.isWritable());
    assertFalse(channel.config().isAutoRead(), "stops reading");
    held.open = true;
    held.flushNow();
    assertTrue(channel.isWritable());
    assertTrue(channel.config().isAutoRead(), "reads again");
    assertEquals(300_000, Response.parse(server.received()).getFirst().body().length());
  }

  @Test
  void slicesOfAClientThatWentAwayAreReleased() {
    HeldBack held = new HeldBack();
    server.channel().pipeline().addFirst(held);
    server.send(get("/big.bin").repeat(5));
    server.channel().close();
    assertEquals("", server.received());
  }

  @Test
  void halfClosedClientGetsItsAnswers() {
    server.send(get("/digits.txt") + get("/"));
    server.channel().pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(2, Response.parse(server.received()).size());
    assertFalse(server.isOpen());
  }

  @Test
  void halfClosedInTheMiddleOfAHeadIsABadRequest() {
    server.send("GET / HTTP/1.1\r\nHost: h\r\n");
    server.channel().pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    assertEquals(400, Response.parse(server.received()).getFirst().status());
    assertFalse(server.isOpen());
  }

  @Test
  void idleConnectionIsClosed() {
    server.exchange(get("/"));
    pass(59);
    assertTrue(server.isOpen());
    server.exchange(get("/"));
    pass(59);
    assertTrue(server.isOpen());
    pass(10);
    assertFalse(server.isOpen());
  }

  @Test
  void tricklingRequestCountsAsIdle() {
    String request = get("/", "X: " + "y".repeat(100));
    for (int i = 0; i < 70 && server.isOpen(); i++) {
      server.send(request.substring(i, i + 1));
      pass(1);
    }
    assertFalse(server.isOpen());
  }

  /** 6000 bytes must be taken within the 60 s that a connection may be idle. */
  @Test
  void aClientThatTakesAByteNowAndThenIsClosed() {
    server.stall();
    server.send(get("/big.bin"));
    for (int i = 0; i < 70 && server.isOpen(); i++) {
      server.take(1);
      pass(1);
    }
    assertFalse(server.isOpen());
  }

  @Test
  void aSlowClientThatTakesEnoughIsServedForAsLongAsItTakes() {
    server.stall();
    server.send(get("/big.bin"));
    for (int i = 0; i < 2000; i++) {
      server.take(140);
      pass(1);
      assertTrue(server.isOpen(), "after " + i + " s");
    }
  }

  @Test
  void drainClosesIdleConnections() {
    Future<Void> drained = server.state().drain();
    server.channel().runPendingTasks();
    assertTrue(drained.isSuccess());
    assertFalse(server.isOpen());
  }

  @Test
  void drainLetsARequestFinish() {
    server.send(get("/digits.txt", "Content-Length: 3") + "ab");
    Future<Void> drained = server.state().drain();
    server.channel().runPendingTasks();
    assertFalse(drained.isDone());
    server.send("c");
    Response response = Response.parse(server.received()).getFirst();
    assertEquals("close", response.header("connection"));
    assertEquals(WebFolder.DIGITS, response.body());
    assertTrue(drained.isSuccess());
    assertFalse(server.isOpen());
  }

  @Test
  void errorClosesTheConnection() {
    server.channel().pipeline().fireExceptionCaught(new IOException("reset"));
    assertFalse(server.isOpen());
    assertEquals(1, summary().failures());
    assertEquals(1, summary().connections());
  }

  private ServerSummary summary() {
    ServerSummary.Builder total = new ServerSummary.Builder();
    server.state().stats().addTo(total);
    return total.build(Duration.ZERO);
  }

  private void pass(int seconds) {
    for (int i = 0; i < seconds; i++) {
      server.channel().advanceTimeBy(1, TimeUnit.SECONDS);
      server.channel().runScheduledPendingTasks();
    }
  }
}
