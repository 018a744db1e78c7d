package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.testkit.RecordingHandler;

/** What remains of a recovery phase when something else ends it. */
class LossRecoveryTest {
  private final RecordingHandler recorder = new RecordingHandler();

  /** A peer without SACK has revealed its next hole, which hasn't been retransmitted yet. */
  private Tcb withAPartialAck(TcpFixture fixture) {
    fixture.listen((_, _) -> {});
    TcpFixture.Remote remote = fixture.synReceived();
    Tcb c = fixture.accept(remote, recorder);
    c.write(fixture.memory.address(), 8000, recorder);
    fixture.flush();
    for (int i = 0; i < Rack.DUP_THRESHOLD; i++) {
      remote.ack(1, 1);
    }
    fixture.turn();
    remote.ack(1, 1001);
    assertTrue(c.recovery.retransmitsAtOnce());
    return c;
  }

  @Test
  void aPartialAckIsForgottenByATimeout() { // and doesn't let the next phase exceed its window
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = withAPartialAck(fixture);
      c.recovery.onTimeout(c, true, fixture.now);
      assertFalse(c.recovery.retransmitsAtOnce());
      c.abort();
    }
  }

  @Test
  void aPartialAckIsForgottenWhenAllIsSentAnew() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = withAPartialAck(fixture);
      fixture.core.spares().rewind(c);
      assertFalse(c.recovery.retransmitsAtOnce());
      c.abort();
    }
  }
}
