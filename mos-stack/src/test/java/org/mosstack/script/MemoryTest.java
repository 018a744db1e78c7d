package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;

/** {@code tcp_mem}: what is discarded when memory gets short, and in what order. */
class MemoryTest extends ScriptTestBase {
  private static final int LIMIT = 1 << 20;

  private long count(Counter counter) {
    return s.stack.count(counter);
  }

  private void startLimited(UnaryOperator<MosConfigBuilder> more) {
    start(
        c ->
            more.apply(
                c.set(MosKeys.TCP_MEM, (long) LIMIT).set(MosKeys.TCP_ZERO_WINDOW_TIMEOUT, 10)));
  }

  /**
   * Connects a peer that takes one byte and closes its window, so that the stack holds the rest.
   */
  private Peer hoarder(int bytes) {
    if (s.listener == null) {
      s.listen();
    }
    peer = s.peer();
    peer.window = 1;
    handshake(peer, syn().mss(MSS));
    app = s.accepted.removeLast();
    app.write(bytes);
    peer.expect(data(1, 1, 1));
    peer.window = 0;
    peer.send(ack(1, 2));
    s.settle();
    return peer;
  }

  @Test
  void withoutALimitNobodyIsReset() {
    start();
    hoarder(1 << 20);
    App first = app;
    hoarder(1 << 20);
    s.run(100_000);
    assertEquals(TcpState.ESTABLISHED, first.connection.state());
    assertEquals(0, count(Counter.TCP_MEMORY_PRESSURE));
    s.forgetReceived();
  }

  @Test
  void closedWindowIsNoHarmWhileThereIsEnough() { // RFC 9293 3.8.6.1: it may stay closed
    startLimited(c -> c);
    hoarder(LIMIT / 2);
    s.run(100_000);
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    assertEquals(0, count(Counter.TCP_MEMORY_PRESSURE));
    s.forgetReceived();
  }

  @Test
  void hoardersAreResetWhenMemoryIsShort() {
    startLimited(c -> c);
    hoarder(LIMIT * 4 / 10);
    final App first = app;
    s.run(5000);
    hoarder(LIMIT * 4 / 10);
    final App second = app;
    s.run(4000);
    assertEquals(TcpState.ESTABLISHED, first.connection.state(), "after 9 seconds");
    s.run(3000);
    first.sawClosed(TcpError.TIMED_OUT);
    assertEquals(TcpState.ESTABLISHED, second.connection.state(), "there is enough again");
    s.run(20_000);
    assertEquals(TcpState.ESTABLISHED, second.connection.state());
    assertEquals(1, count(Counter.TCP_MEMORY_RESETS));
    assertTrue(count(Counter.TCP_MEMORY_PRESSURE) >= 6, "seconds under pressure");
    s.forgetReceived();
  }

  @Test
  void longestWithoutProgressGoesFirstWhenAllIsTaken() {
    startLimited(c -> c.set(MosKeys.WMEM_SIZE, LIMIT));
    List<App> apps = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      hoarder(LIMIT / 4 + 100);
      apps.add(app);
      s.run(100);
    }
    s.run(2100); // well below the zero-window timeout
    apps.getFirst().sawClosed(TcpError.TIMED_OUT);
    for (App other : apps.subList(1, 4)) {
      assertEquals(TcpState.ESTABLISHED, other.connection.state());
    }
    assertEquals(1, count(Counter.TCP_MEMORY_RESETS));
    s.forgetReceived();
  }

  @Test
  void nobodyIsAcceptedOrConnectedWhenAllIsTaken() {
    startLimited(c -> c.set(MosKeys.WMEM_SIZE, 2 * LIMIT));
    hoarder(LIMIT + 1000);
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expectNothing();
    assertEquals(1, count(Counter.DROP_TCP_MEMORY));
    assertThrows(
        IOException.class, () -> s.core.connect(Endpoints.of(Script.REMOTE, REMOTE_PORT), app));
    s.run(3000); // stalled longest
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
    s.forgetReceived();
  }

  @Test
  void listenerBeyondItsShareTakesNoMore() {
    startLimited(c -> c.set(MosKeys.TCP_LISTENER_MEM, 50));
    hoarder(LIMIT * 8 / 10);
    s.run(1100);
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expectNothing();
    assertEquals(1, count(Counter.DROP_TCP_MEMORY));
    App out = s.connect(REMOTE_PORT, 0); // doesn't count as the listener's
    s.peerOf(out).expect(syn());
    s.forgetReceived();
  }

  @Test
  void windowStaysSmallWhileMemoryIsShort() {
    startLimited(c -> c);
    hoarder(LIMIT * 8 / 10);
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(synAck().win(4 * 1460));
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001).win(4 * 1460 - 1000));
    s.accepted.getLast().readAll();
    peer.send(data(1001, 1, 1000));
    peer.expect(ack(1, 2001));
    s.forgetReceived();
  }

  @Test
  void outOfOrderDataIsGivenUpFirst() {
    startLimited(c -> c);
    establish();
    Peer gapped = peer;
    App app1 = app;
    for (int i = 0; i < 5; i++) {
      gapped.send(data(1001 + i * 1000, 1, 1000));
      gapped.expect(ack(1, 1));
    }
    assertEquals(5, s.core.buffersInUse());
    hoarder(LIMIT * 8 / 10);
    s.run(10);
    assertEquals(0, s.core.buffersInUse());
    assertEquals(1, count(Counter.TCP_MEMORY_PRUNED));
    gapped.send(data(1001, 1, 1000)); // none is kept, but the sender gets an ACK
    gapped.expect(ack(1, 1));
    assertEquals(0, s.core.buffersInUse());
    assertEquals(1, count(Counter.DROP_TCP_MEMORY));
    gapped.send(data(1, 1, 1000)); // the next in order is accepted
    gapped.expect(ack(1, 1001));
    assertEquals(1000, app1.readAll());
    s.forgetReceived();
  }

  /** Doesn't discard another connection's out-of-order data if that would free no room. */
  @Test
  void nothingIsGivenUpInVain() {
    start(c -> c.set(MosKeys.MAX_NUM_BUFFERS, 20));
    establish();
    Peer gapped = peer;
    final App app1 = app;
    for (int i = 0; i < 4; i++) {
      gapped.send(data(1001 + i * 1000, 1, 1000));
      gapped.expect(ack(1, 1));
    }
    establish();
    for (int i = 0; i < 10; i++) { // in order and unread: this alone takes half of the buffers
      peer.send(data(1 + i * 1000, 1, 1000));
      s.settle();
    }
    establish();
    peer.send(data(1001, 1, 1000));
    s.settle();
    assertEquals(0, count(Counter.TCP_MEMORY_PRUNED));
    assertEquals(1, count(Counter.DROP_TCP_NO_BUFFER));
    gapped.send(data(1, 1, 1000));
    s.settle();
    assertEquals(5000, app1.readAll());
    s.forgetReceived();
  }

  /** It will never be read: it needs no buffer, and the peer's FIN gets through. */
  @Test
  void dataForAnInputThatIsShutDownNeedsNoBuffer() {
    start(c -> c.set(MosKeys.MAX_NUM_BUFFERS, 4));
    establish();
    for (int i = 0; i < 4; i++) {
      peer.send(data(1 + i * 1000, 1, 1000));
      s.settle();
    }
    s.forgetReceived();
    establish();
    app.connection.shutdownInput();
    peer.send(data(1, 1, 1000));
    peer.send(fin(1001, 1));
    s.settle();
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
    assertEquals(0, count(Counter.DROP_TCP_NO_BUFFER));
    s.forgetReceived();
  }

  /**
   * A buffer's length apart, each byte holds a buffer: the largest reassembly is discarded first.
   */
  @Test
  void singleBytesFarApartCountAsWholeBuffers() {
    startLimited(c -> c.set(MosKeys.RMEM_SIZE, 1 << 20));
    int most = 0;
    for (int p = 0; p < 20; p++) {
      establish();
      app.connection.receiveBuffer(1 << 20);
      for (int i = 0; i < 30; i++) {
        peer.send(data(2001 + 2100 * i, 1, 1));
        s.settle();
        most = Math.max(most, s.core.buffersInUse());
      }
    }
    s.forgetReceived();
    assertTrue(most > 300 && most * 2000 < LIMIT, "buffers held: " + most);
    assertTrue(count(Counter.TCP_MEMORY_PRUNED) > 0);
  }

  /** Close together, they share buffers. */
  @Test
  void smallSegmentsShareBuffers() {
    startLimited(c -> c);
    for (int p = 0; p < 12; p++) {
      establish();
      for (int i = 0; i < 200; i++) { // out of order, with holes between them
        peer.send(data(11 + 2 * i, 1, 1));
        s.settle();
      }
    }
    s.forgetReceived();
    assertEquals(12, s.core.buffersInUse());
    assertEquals(0, count(Counter.TCP_MEMORY_PRUNED));
  }

  /** Without memory, in-order data is refused, too; the sender gets an ACK. */
  @Test
  void dataThatIsRefusedIsAnswered() {
    startLimited(c -> c.set(MosKeys.WMEM_SIZE, 2 * LIMIT));
    establish();
    Peer sender = peer;
    hoarder(LIMIT + 1000);
    sender.send(data(1, 1, 1000));
    sender.expect(ack(1, 1));
    assertEquals(1, count(Counter.DROP_TCP_MEMORY));
    s.forgetReceived();
  }
}
