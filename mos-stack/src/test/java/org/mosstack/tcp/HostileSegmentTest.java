package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;

/** Segments from somebody who knows the addresses and ports but not the sequence numbers. */
class HostileSegmentTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int TIMESTAMPS = 0x0101_080A;

  private final Told told = new Told();

  private static int[] timestamps(int value) {
    return new int[] {TIMESTAMPS, value, 0};
  }

  private void segment(Rig rig, Rig.Remote r, int flags, int seq, int ack, int length, int tsVal) {
    int ackNumber = r.iss + ack;
    rig.segment(
        r.port, 80, flags, Rig.PEER_ISS + seq, ackNumber, 60_000, length, timestamps(tsVal));
    rig.turn();
  }

  @Test
  void ancientSegmentDoesNotMoveTheTimestamp() { // else PAWS would drop all that follows
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived(timestamps(1000));
      segment(rig, remote, TcpHeader.ACK, 1, 1, 0, 1001);
      Tcb c = rig.listeners.find(Rig.US, Rig.PORT, 0, 0).accept(0);
      c.handler(told);
      segment(rig, remote, TcpHeader.ACK, -1_000_000_000, 1, 10, 1_000_000_000);
      segment(rig, remote, TcpHeader.ACK, 1, 1, 10, 1002);
      assertEquals(List.of("readable"), told.events);
      c.abort();
    }
  }

  @Test
  void repeatedSegmentMovesTheTimestamp() { // so that the ACK measures the retransmission
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived(timestamps(1000));
      segment(rig, remote, TcpHeader.ACK, 1, 1, 0, 1001);
      Tcb c = rig.listeners.find(Rig.US, Rig.PORT, 0, 0).accept(0);
      c.handler(told);
      segment(rig, remote, TcpHeader.ACK, 1, 1, 10, 1002);
      segment(rig, remote, TcpHeader.ACK, 1, 1, 10, 1200);
      assertEquals(1200, c.tsRecent);
      c.abort();
    }
  }

  @Test
  void ancientSegmentDoesNotAcknowledge() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 100, told);
      rig.flush();
      remote.data(-1_000_000_000, 101, 10);
      rig.turn();
      assertEquals(0, told.released);
      remote.data(-9, 101, 10); // a repetition does
      rig.turn();
      assertEquals(1, told.released);
      c.abort();
    }
  }

  @Test
  void synWithoutListenerDoesNotEndTimeWait() { // RFC 6191 is for listeners only
    try (Rig rig = new Rig(new TcpConfig(0, 100, 100, 8192, 8192, 60_000 * Rig.MILLI, 0))) {
      Tcb c = rig.connect(told);
      Rig.Remote remote = rig.answer(c);
      c.close();
      rig.flush();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2);
      rig.turn();
      assertEquals(1, rig.core.timeWaits.size());
      remote.send(TcpHeader.SYN, 1_000_000, 0);
      rig.turn();
      assertEquals(1, rig.core.timeWaits.size());
    }
  }

  @Test
  void gapsDoNotTakeTheBuffersOfOthers() {
    try (Rig rig = new Rig(new TcpConfig(0, 100, 100, 8192, 8192, 0, 0))) {
      rig.listen(NOBODY);
      Rig.Remote hostile = rig.synReceived();
      final Tcb a = rig.accept(hostile, new Told());
      for (int i = 0; i < 200; i++) {
        hostile.data(10 + 2 * i, 1, 1);
      }
      rig.turn();
      rig.sent.clear();
      Rig.Remote honest = rig.synReceived();
      final Tcb b = rig.accept(honest, told);
      honest.data(1, 1, 100);
      rig.turn();
      assertEquals(100, b.available());
      a.abort();
      b.abort();
    }
  }
}
