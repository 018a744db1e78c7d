package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.testkit.RecordingHandler;

/** Segments from somebody who knows the addresses and ports but not the sequence numbers. */
class HostileSegmentTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int TIMESTAMPS = 0x0101_080A;

  private final RecordingHandler recorder = new RecordingHandler();

  private static int[] timestamps(int value) {
    return new int[] {TIMESTAMPS, value, 0};
  }

  private void segment(
      TcpFixture fixture, TcpFixture.Remote r, int flags, int seq, int ack, int length, int tsVal) {
    int ackNumber = r.iss + ack;
    fixture.segment(
        r.port, 80, flags, TcpFixture.PEER_ISS + seq, ackNumber, 60_000, length, timestamps(tsVal));
    fixture.turn();
  }

  @Test
  void ancientSegmentDoesNotMoveTheTimestamp() { // else PAWS would drop all that follows
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived(timestamps(1000));
      segment(fixture, remote, TcpHeader.ACK, 1, 1, 0, 1001);
      Tcb c = fixture.listeners.find(TcpFixture.US, TcpFixture.PORT, 0, 0).accept(0);
      c.handler(recorder);
      segment(fixture, remote, TcpHeader.ACK, -1_000_000_000, 1, 10, 1_000_000_000);
      segment(fixture, remote, TcpHeader.ACK, 1, 1, 10, 1002);
      assertEquals(List.of("readable"), recorder.events);
      c.abort();
    }
  }

  @Test
  void repeatedSegmentMovesTheTimestamp() { // so that the ACK measures the retransmission
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived(timestamps(1000));
      segment(fixture, remote, TcpHeader.ACK, 1, 1, 0, 1001);
      Tcb c = fixture.listeners.find(TcpFixture.US, TcpFixture.PORT, 0, 0).accept(0);
      c.handler(recorder);
      segment(fixture, remote, TcpHeader.ACK, 1, 1, 10, 1002);
      segment(fixture, remote, TcpHeader.ACK, 1, 1, 10, 1200);
      assertEquals(1200, c.tsRecent);
      c.abort();
    }
  }

  @Test
  void ancientSegmentDoesNotAcknowledge() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.flush();
      remote.data(-1_000_000_000, 101, 10);
      fixture.turn();
      assertEquals(0, recorder.released);
      remote.data(-9, 101, 10); // a repetition does
      fixture.turn();
      assertEquals(1, recorder.released);
      c.abort();
    }
  }

  @Test
  void synWithoutListenerDoesNotEndTimeWait() { // RFC 6191 is for listeners only
    try (TcpFixture fixture =
        new TcpFixture(new TcpConfig(0, 100, 100, 8192, 8192, 60_000 * TcpFixture.MILLI, 0))) {
      Tcb c = fixture.connect(recorder);
      TcpFixture.Remote remote = fixture.answer(c);
      c.close();
      fixture.flush();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2);
      fixture.turn();
      assertEquals(1, fixture.core.timeWaits.size());
      remote.send(TcpHeader.SYN, 1_000_000, 0);
      fixture.turn();
      assertEquals(1, fixture.core.timeWaits.size());
    }
  }

  @Test
  void gapsDoNotTakeTheBuffersOfOthers() {
    try (TcpFixture fixture = new TcpFixture(new TcpConfig(0, 100, 100, 8192, 8192, 0, 0))) {
      fixture.listen(NOBODY);
      TcpFixture.Remote hostile = fixture.synReceived();
      final Tcb a = fixture.accept(hostile, new RecordingHandler());
      for (int i = 0; i < 200; i++) {
        hostile.data(10 + 2 * i, 1, 1);
      }
      fixture.turn();
      fixture.sent.clear();
      TcpFixture.Remote honest = fixture.synReceived();
      final Tcb b = fixture.accept(honest, recorder);
      honest.data(1, 1, 100);
      fixture.turn();
      assertEquals(100, b.available());
      a.abort();
      b.abort();
    }
  }
}
