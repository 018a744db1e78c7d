package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;

/** TCP_NOTSENT_LOWAT: a bound on what is queued behind the data in flight. */
class NotSentLowatTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  /** More than any test writes, so that only the other bound counts. */
  private static final TcpConfig LARGE = new TcpConfig(0, 100, 100, 8192, 1 << 19, 0, 0);

  private final Told told = new Told();
  private Rig.Remote remote;

  /** A connection that has filled its congestion window: ten segments. */
  private Tcb full(Rig rig, long lowat) {
    rig.listen(NOBODY);
    remote = rig.synReceived();
    Tcb c = rig.accept(remote, told);
    c.sendBuffer(1 << 19);
    write(rig, c, 100_000);
    rig.flush();
    assertEquals(10, rig.sent.size());
    rig.sent.clear();
    c.notSentLowat(lowat);
    return c;
  }

  private int write(Rig rig, Tcb c, int length) {
    return c.write(rig.memory.address(), length, told);
  }

  @Test
  void acceptsUpToTheBoundOfUnsentBytes() {
    try (Rig rig = new Rig(LARGE)) {
      Tcb c = full(rig, 95_000); // 90,000 are unsent
      assertEquals(5_000, c.writeSpace());
      assertEquals(5_000, write(rig, c, 20_000));
      assertEquals(0, write(rig, c, 1));
      assertEquals(0, c.writeSpace());
      c.abort();
    }
  }

  @Test
  void acceptsASegmentWhenTheBoundIsLess() {
    try (Rig rig = new Rig(LARGE)) {
      Tcb c = full(rig, 90_001);
      assertEquals(Rig.MSS, write(rig, c, 20_000));
      assertEquals(0, write(rig, c, 20_000));
      c.abort();
    }
  }

  @Test
  void writableComesWhenHalfOfItIsSentAcknowledgedOrNot() {
    try (Rig rig = new Rig(LARGE)) {
      Tcb c = full(rig, 10_000);
      assertEquals(0, write(rig, c, 10));
      int acked = 1;
      for (int turn = 0; turn < 100 && told.events.isEmpty(); turn++) {
        acked += 1000;
        remote.ack(1, acked);
        rig.turn();
        rig.turn(); // what sending has raised is reported in the next turn
        assertEquals(c.unsentBytes() < 5_000, !told.events.isEmpty(), c.unsentBytes() + " unsent");
      }
      assertEquals(List.of("writable"), told.events);
      c.abort();
    }
  }

  @Test
  void whatIsInFlightDoesNotCount() {
    try (Rig rig = new Rig(LARGE)) {
      rig.listen(NOBODY);
      remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.notSentLowat(4_000);
      assertEquals(4_000, write(rig, c, 8_000));
      rig.turn();
      rig.turn();
      assertEquals(List.of("writable"), told.events); // all of it is in flight
      assertEquals(4_000, write(rig, c, 4_000));
      c.abort();
    }
  }

  @Test
  void retransmissionDoesNotCountAsUnsent() {
    try (Rig rig = new Rig(LARGE)) {
      rig.listen(NOBODY);
      remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.notSentLowat(4_000);
      write(rig, c, 4_000);
      rig.run(1500); // no ACK: sending starts again at the first byte
      assertEquals(0, c.unsentBytes());
      assertEquals(4_000, c.writeSpace());
      c.abort();
    }
  }

  @Test
  void takenAwayItHoldsNobodyUp() {
    try (Rig rig = new Rig(LARGE)) {
      Tcb c = full(rig, 10_000);
      assertEquals(0, write(rig, c, 10));
      c.notSentLowat(0);
      rig.turn();
      assertEquals(List.of("writable"), told.events);
      assertEquals(10, write(rig, c, 10));
      c.abort();
    }
  }

  @Test
  void finIsNoUnsentByte() {
    try (Rig rig = new Rig(LARGE)) {
      rig.listen(NOBODY);
      remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.shutdownOutput();
      rig.flush();
      assertEquals(TcpHeader.FIN, remote.next().flags() & TcpHeader.FIN);
      assertEquals(0, c.unsentBytes());
      c.abort();
    }
  }
}
