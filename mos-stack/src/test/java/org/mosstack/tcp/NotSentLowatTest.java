package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.testkit.RecordingHandler;

/** TCP_NOTSENT_LOWAT: a bound on what is queued behind the data in flight. */
class NotSentLowatTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  /** More than any test writes, so that only the other bound counts. */
  private static final TcpConfig LARGE = new TcpConfig(0, 100, 100, 8192, 1 << 19, 0, 0);

  private final RecordingHandler recorder = new RecordingHandler();
  private TcpFixture.Remote remote;

  /** A connection that has filled its congestion window: ten segments. */
  private Tcb full(TcpFixture fixture, long lowat) {
    fixture.listen(NOBODY);
    remote = fixture.synReceived();
    Tcb c = fixture.accept(remote, recorder);
    c.sendBuffer(1 << 19);
    write(fixture, c, 100_000);
    fixture.flush();
    assertEquals(10, fixture.sent.size());
    fixture.sent.clear();
    c.notSentLowat(lowat);
    return c;
  }

  private int write(TcpFixture fixture, Tcb c, int length) {
    return c.write(fixture.memory.address(), length, recorder);
  }

  @Test
  void acceptsUpToTheBoundOfUnsentBytes() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      Tcb c = full(fixture, 95_000); // 90,000 are unsent
      assertEquals(5_000, c.writeSpace());
      assertEquals(5_000, write(fixture, c, 20_000));
      assertEquals(0, write(fixture, c, 1));
      assertEquals(0, c.writeSpace());
      c.abort();
    }
  }

  @Test
  void acceptsASegmentWhenTheBoundIsLess() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      Tcb c = full(fixture, 90_001);
      assertEquals(TcpFixture.MSS, write(fixture, c, 20_000));
      assertEquals(0, write(fixture, c, 20_000));
      c.abort();
    }
  }

  @Test
  void writableComesWhenHalfOfItIsSentAcknowledgedOrNot() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      Tcb c = full(fixture, 10_000);
      assertEquals(0, write(fixture, c, 10));
      int acked = 1;
      for (int turn = 0; turn < 100 && recorder.events.isEmpty(); turn++) {
        acked += 1000;
        remote.ack(1, acked);
        fixture.turn();
        fixture.turn(); // what sending has raised is reported in the next turn
        assertEquals(
            c.unsentBytes() < 5_000, !recorder.events.isEmpty(), c.unsentBytes() + " unsent");
      }
      assertEquals(List.of("writable"), recorder.events);
      c.abort();
    }
  }

  @Test
  void whatIsInFlightDoesNotCount() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      fixture.listen(NOBODY);
      remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.notSentLowat(4_000);
      assertEquals(4_000, write(fixture, c, 8_000));
      fixture.turn();
      fixture.turn();
      assertEquals(List.of("writable"), recorder.events); // all of it is in flight
      assertEquals(4_000, write(fixture, c, 4_000));
      c.abort();
    }
  }

  @Test
  void retransmissionDoesNotCountAsUnsent() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      fixture.listen(NOBODY);
      remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.notSentLowat(4_000);
      write(fixture, c, 4_000);
      fixture.run(1500); // no ACK: sending starts again at the first byte
      assertEquals(0, c.unsentBytes());
      assertEquals(4_000, c.writeSpace());
      c.abort();
    }
  }

  @Test
  void takenAwayItHoldsNobodyUp() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      Tcb c = full(fixture, 10_000);
      assertEquals(0, write(fixture, c, 10));
      c.notSentLowat(0);
      fixture.turn();
      assertEquals(List.of("writable"), recorder.events);
      assertEquals(10, write(fixture, c, 10));
      c.abort();
    }
  }

  @Test
  void finIsNoUnsentByte() {
    try (TcpFixture fixture = new TcpFixture(LARGE)) {
      fixture.listen(NOBODY);
      remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.shutdownOutput();
      fixture.flush();
      assertEquals(TcpHeader.FIN, remote.next().flags() & TcpHeader.FIN);
      assertEquals(0, c.unsentBytes());
      c.abort();
    }
  }
}
