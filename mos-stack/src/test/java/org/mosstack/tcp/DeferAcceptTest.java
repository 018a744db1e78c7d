package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** TCP_DEFER_ACCEPT: a connection isn't accepted before the peer has sent data. */
class DeferAcceptTest {
  private static final int SECONDS = 3;
  private static final SocketOptions DEFERRING =
      SocketOptions.builder().deferAcceptSeconds(SECONDS).build();

  private int acceptable;
  private Listener listener;

  /** Completes a handshake and sends nothing more. */
  private TcpFixture.Remote silent(TcpFixture fixture) {
    if (listener == null) {
      listener = fixture.listen(1, DEFERRING, (l, core) -> acceptable++);
    }
    TcpFixture.Remote remote = fixture.synReceived();
    remote.ack(1, 1);
    fixture.turn();
    return remote;
  }

  @Test
  void dataBringsItToTheListener() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = silent(fixture);
      fixture.run(1000);
      assertEquals(0, acceptable);
      assertNull(listener.accept(0));
      assertEquals(1, listener.on(0).synReceived);
      remote.data(1, 1, 10);
      fixture.turn();
      assertEquals(1, acceptable);
      assertEquals(0, listener.on(0).synReceived);
      Tcb c = listener.accept(0);
      assertEquals(10, c.available());
      RecordingHandler recorder = new RecordingHandler();
      c.handler(recorder);
      fixture.turn();
      assertEquals("[readable]", recorder.events.toString());
      c.abort();
    }
  }

  @Test
  void dataWithTheHandshakesAckBringsIt() {
    try (TcpFixture fixture = new TcpFixture()) {
      listener = fixture.listen(1, DEFERRING, (l, core) -> acceptable++);
      TcpFixture.Remote remote = fixture.synReceived();
      remote.data(1, 1, 10);
      fixture.turn();
      assertEquals(1, acceptable);
      listener.accept(0).abort();
    }
  }

  @Test
  void dataAheadOfAGapBringsIt() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = silent(fixture);
      remote.data(11, 1, 10);
      fixture.turn();
      assertEquals(1, acceptable);
      listener.accept(0).abort();
    }
  }

  @Test
  void thePeersEndBringsIt() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = silent(fixture);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      fixture.turn();
      assertEquals(1, acceptable);
      Tcb c = listener.accept(0);
      assertTrue(c.endOfStream());
      c.abort();
    }
  }

  @Test
  void whenTheTimeIsOverItComesWithoutData() {
    try (TcpFixture fixture = new TcpFixture()) {
      silent(fixture);
      fixture.run(SECONDS * 1000 - 10);
      assertEquals(0, acceptable);
      fixture.run(20);
      assertEquals(1, acceptable);
      Tcb c = listener.accept(0);
      assertEquals(TcpState.ESTABLISHED, c.state());
      c.abort();
    }
  }

  @Test
  void resetOneIsForgotten() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = silent(fixture);
      remote.send(TcpHeader.RST, 1, 0);
      fixture.turn();
      assertEquals(0, fixture.core.flowCount());
      assertEquals(0, listener.on(0).synReceived);
      fixture.run(SECONDS * 2000);
      assertEquals(0, acceptable);
    }
  }

  @Test
  void fullQueueKeepsDataOutUntilThereIsRoom() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote first = silent(fixture);
      final TcpFixture.Remote second = silent(fixture);
      first.data(1, 1, 10);
      fixture.turn();
      fixture.sent.clear();
      second.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1, TcpFixture.WINDOW, 10);
      fixture.turn();
      fixture.run(100);
      assertEquals(0, fixture.sent.size()); // not acknowledged, so it is sent again
      assertEquals(1, fixture.counters.get(Counter.DROP_TCP_ACCEPT_QUEUE_FULL));
      listener.accept(0).abort();
      fixture.turn();
      fixture.sent.clear();
      second.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1, TcpFixture.WINDOW, 10);
      fixture.turn();
      assertEquals(12, second.ack(second.next()));
      Tcb c = listener.accept(0);
      assertEquals(10, c.available());
      c.abort();
    }
  }

  @Test
  void fullQueueAtTheEndOfTheTimeIsTriedAgain() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote first = silent(fixture);
      silent(fixture);
      first.data(1, 1, 10);
      fixture.run(SECONDS * 1000 + 100);
      listener.accept(0).abort();
      assertNull(listener.accept(0));
      fixture.run(1100);
      Tcb c = listener.accept(0);
      assertNotNull(c);
      c.abort();
    }
  }

  @Test
  void closedListenerResetsWhatItNeverGot() {
    try (TcpFixture fixture = new TcpFixture()) {
      final TcpFixture.Remote first = silent(fixture);
      final TcpFixture.Remote second = silent(fixture);
      fixture.sent.clear();
      listener.close();
      first.data(1, 1, 10); // before anybody has drained it
      fixture.turn();
      assertTrue(first.next().has(TcpHeader.RST));
      listener.drain(0);
      fixture.turn();
      assertTrue(second.next().has(TcpHeader.RST));
      assertEquals(0, fixture.core.flowCount());
      assertEquals(0, listener.on(0).synReceived);
      assertEquals(0, acceptable);
    }
  }

  @Test
  void closedListenerThatNobodyDrainsResetsWhenTheTimeIsOver() {
    try (TcpFixture fixture = new TcpFixture()) {
      final TcpFixture.Remote remote = silent(fixture);
      fixture.sent.clear();
      listener.close();
      fixture.run(SECONDS * 1000 + 10);
      assertTrue(remote.next().has(TcpHeader.RST));
      assertEquals(0, fixture.core.flowCount());
    }
  }
}
