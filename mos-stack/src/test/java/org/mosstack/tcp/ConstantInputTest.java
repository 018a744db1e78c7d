package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;

/** Timers on a core whose receive rings are never empty at the end of a turn. */
class ConstantInputTest {
  /** SACK-permitted, padded to a word. */
  private static final int SACK_PERMITTED = 1 << 24 | 1 << 16 | 4 << 8 | 2;

  private final Told told = new Told();

  private Tcb open(Rig rig, Rig.Remote remote) {
    Tcb c = rig.accept(remote, told);
    c.sendBuffer(100_000);
    c.noDelay(true);
    c.write(rig.memory.address(), Rig.MSS, told); // measures the path: 30 ms
    rig.flush();
    rig.run(30);
    remote.ack(1, 1 + Rig.MSS);
    rig.turn();
    rig.sent.clear();
    return c;
  }

  /** The last segment is lost: it is probed for well before the retransmission timer expires. */
  @Test
  void aLostTailIsProbedFor() {
    try (Rig rig = new Rig()) {
      rig.listen((listener, core) -> {});
      Rig.Remote remote = rig.synReceived(SACK_PERMITTED);
      Tcb c = open(rig, remote);
      rig.core.inputWaits(true);
      c.write(rig.memory.address(), 3 * Rig.MSS, told);
      rig.flush();
      rig.run(180); // twice the smoothed round trip, and ten ticks
      assertEquals(1, rig.counters.get(Counter.TCP_TAIL_LOSS_PROBES));
      assertEquals(0, rig.counters.get(Counter.TCP_RTO_EXPIRED));
      c.abort();
    }
  }

  /** A segment in the middle is lost: the reordering timer finds it, as too few came after it. */
  @Test
  void whatWasOvertakenIsSentAgain() {
    try (Rig rig = new Rig()) {
      rig.listen((listener, core) -> {});
      Rig.Remote remote = rig.synReceived(SACK_PERMITTED);
      Tcb c = open(rig, remote);
      rig.core.inputWaits(true);
      c.write(rig.memory.address(), 2 * Rig.MSS, told);
      rig.flush();
      rig.run(30);
      int left = remote.iss + 1 + 2 * Rig.MSS;
      int[] sack = {1 << 24 | 1 << 16 | 5 << 8 | 10, left, left + Rig.MSS};
      int ack = remote.iss + 1 + Rig.MSS;
      rig.segment(remote.port, Rig.PORT, TcpHeader.ACK, Rig.PEER_ISS + 1, ack, Rig.WINDOW, 0, sack);
      rig.turn();
      rig.sent.clear();
      rig.run(40);
      assertEquals(1, rig.counters.get(Counter.TCP_FAST_RETRANSMITS));
      assertEquals(0, rig.counters.get(Counter.TCP_RTO_EXPIRED));
      c.abort();
    }
  }
}
