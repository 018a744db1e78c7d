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

/** TCP_DEFER_ACCEPT: a connection isn't accepted before the peer has sent data. */
class DeferAcceptTest {
  private static final int SECONDS = 3;
  private static final SocketOptions DEFERRING =
      SocketOptions.builder().deferAcceptSeconds(SECONDS).build();

  private int acceptable;
  private Listener listener;

  /** Completes a handshake and sends nothing more. */
  private Rig.Remote silent(Rig rig) {
    if (listener == null) {
      listener = rig.listen(1, DEFERRING, (l, core) -> acceptable++);
    }
    Rig.Remote remote = rig.synReceived();
    remote.ack(1, 1);
    rig.turn();
    return remote;
  }

  @Test
  void dataBringsItToTheListener() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = silent(rig);
      rig.run(1000);
      assertEquals(0, acceptable);
      assertNull(listener.accept(0));
      assertEquals(1, listener.on(0).synReceived);
      remote.data(1, 1, 10);
      rig.turn();
      assertEquals(1, acceptable);
      assertEquals(0, listener.on(0).synReceived);
      Tcb c = listener.accept(0);
      assertEquals(10, c.available());
      Told told = new Told();
      c.handler(told);
      rig.turn();
      assertEquals("[readable]", told.events.toString());
      c.abort();
    }
  }

  @Test
  void dataWithTheHandshakesAckBringsIt() {
    try (Rig rig = new Rig()) {
      listener = rig.listen(1, DEFERRING, (l, core) -> acceptable++);
      Rig.Remote remote = rig.synReceived();
      remote.data(1, 1, 10);
      rig.turn();
      assertEquals(1, acceptable);
      listener.accept(0).abort();
    }
  }

  @Test
  void dataAheadOfAGapBringsIt() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = silent(rig);
      remote.data(11, 1, 10);
      rig.turn();
      assertEquals(1, acceptable);
      listener.accept(0).abort();
    }
  }

  @Test
  void thePeersEndBringsIt() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = silent(rig);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      rig.turn();
      assertEquals(1, acceptable);
      Tcb c = listener.accept(0);
      assertTrue(c.endOfStream());
      c.abort();
    }
  }

  @Test
  void whenTheTimeIsOverItComesWithoutData() {
    try (Rig rig = new Rig()) {
      silent(rig);
      rig.run(SECONDS * 1000 - 10);
      assertEquals(0, acceptable);
      rig.run(20);
      assertEquals(1, acceptable);
      Tcb c = listener.accept(0);
      assertEquals(TcpState.ESTABLISHED, c.state());
      c.abort();
    }
  }

  @Test
  void resetOneIsForgotten() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = silent(rig);
      remote.send(TcpHeader.RST, 1, 0);
      rig.turn();
      assertEquals(0, rig.core.flowCount());
      assertEquals(0, listener.on(0).synReceived);
      rig.run(SECONDS * 2000);
      assertEquals(0, acceptable);
    }
  }

  @Test
  void fullQueueKeepsDataOutUntilThereIsRoom() {
    try (Rig rig = new Rig()) {
      Rig.Remote first = silent(rig);
      final Rig.Remote second = silent(rig);
      first.data(1, 1, 10);
      rig.turn();
      rig.sent.clear();
      second.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1, Rig.WINDOW, 10);
      rig.turn();
      rig.run(100);
      assertEquals(0, rig.sent.size()); // not acknowledged, so it is sent again
      assertEquals(1, rig.counters.get(Counter.DROP_TCP_ACCEPT_QUEUE_FULL));
      listener.accept(0).abort();
      rig.turn();
      rig.sent.clear();
      second.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1, Rig.WINDOW, 10);
      rig.turn();
      assertEquals(12, second.ack(second.next()));
      Tcb c = listener.accept(0);
      assertEquals(10, c.available());
      c.abort();
    }
  }

  @Test
  void fullQueueAtTheEndOfTheTimeIsTriedAgain() {
    try (Rig rig = new Rig()) {
      Rig.Remote first = silent(rig);
      silent(rig);
      first.data(1, 1, 10);
      rig.run(SECONDS * 1000 + 100);
      listener.accept(0).abort();
      assertNull(listener.accept(0));
      rig.run(1100);
      Tcb c = listener.accept(0);
      assertNotNull(c);
      c.abort();
    }
  }

  @Test
  void closedListenerResetsWhatItNeverGot() {
    try (Rig rig = new Rig()) {
      final Rig.Remote first = silent(rig);
      final Rig.Remote second = silent(rig);
      rig.sent.clear();
      listener.close();
      first.data(1, 1, 10); // before anybody has drained it
      rig.turn();
      assertTrue(first.next().has(TcpHeader.RST));
      listener.drain(0);
      rig.turn();
      assertTrue(second.next().has(TcpHeader.RST));
      assertEquals(0, rig.core.flowCount());
      assertEquals(0, listener.on(0).synReceived);
      assertEquals(0, acceptable);
    }
  }

  @Test
  void closedListenerThatNobodyDrainsResetsWhenTheTimeIsOver() {
    try (Rig rig = new Rig()) {
      final Rig.Remote remote = silent(rig);
      rig.sent.clear();
      listener.close();
      rig.run(SECONDS * 1000 + 10);
      assertTrue(remote.next().has(TcpHeader.RST));
      assertEquals(0, rig.core.flowCount());
    }
  }
}
