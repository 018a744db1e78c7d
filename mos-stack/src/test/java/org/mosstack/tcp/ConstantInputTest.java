package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** Timers on a core whose receive rings are never empty at the end of a turn. */
class ConstantInputTest {
  /** SACK-permitted, padded to a word. */
  private static final int SACK_PERMITTED = 1 << 24 | 1 << 16 | 4 << 8 | 2;

  private final RecordingHandler recorder = new RecordingHandler();

  private Tcb open(TcpFixture fixture, TcpFixture.Remote remote) {
    Tcb c = fixture.accept(remote, recorder);
    c.sendBuffer(100_000);
    c.noDelay(true);
    c.write(fixture.memory.address(), TcpFixture.MSS, recorder); // measures the path: 30 ms
    fixture.flush();
    fixture.run(30);
    remote.ack(1, 1 + TcpFixture.MSS);
    fixture.turn();
    fixture.sent.clear();
    return c;
  }

  /** The last segment is lost: it is probed for well before the retransmission timer expires. */
  @Test
  void aLostTailIsProbedFor() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen((listener, core) -> {});
      TcpFixture.Remote remote = fixture.synReceived(SACK_PERMITTED);
      Tcb c = open(fixture, remote);
      fixture.core.inputWaits(true);
      c.write(fixture.memory.address(), 3 * TcpFixture.MSS, recorder);
      fixture.flush();
      fixture.run(180); // twice the smoothed round trip, and ten ticks
      assertEquals(1, fixture.counters.get(Counter.TCP_TAIL_LOSS_PROBES));
      assertEquals(0, fixture.counters.get(Counter.TCP_RTO_EXPIRED));
      c.abort();
    }
  }

  /** A segment in the middle is lost: the reordering timer finds it, as too few came after it. */
  @Test
  void whatWasOvertakenIsSentAgain() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen((listener, core) -> {});
      TcpFixture.Remote remote = fixture.synReceived(SACK_PERMITTED);
      Tcb c = open(fixture, remote);
      fixture.core.inputWaits(true);
      c.write(fixture.memory.address(), 2 * TcpFixture.MSS, recorder);
      fixture.flush();
      fixture.run(30);
      int left = remote.iss + 1 + 2 * TcpFixture.MSS;
      int[] sack = {1 << 24 | 1 << 16 | 5 << 8 | 10, left, left + TcpFixture.MSS};
      int ack = remote.iss + 1 + TcpFixture.MSS;
      fixture.segment(
          remote.port,
          TcpFixture.PORT,
          TcpHeader.ACK,
          TcpFixture.PEER_ISS + 1,
          ack,
          TcpFixture.WINDOW,
          0,
          sack);
      fixture.turn();
      fixture.sent.clear();
      fixture.run(40);
      assertEquals(1, fixture.counters.get(Counter.TCP_FAST_RETRANSMITS));
      assertEquals(0, fixture.counters.get(Counter.TCP_RTO_EXPIRED));
      c.abort();
    }
  }
}
