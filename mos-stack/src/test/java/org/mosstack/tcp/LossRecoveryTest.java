package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.mosstack.tcp.scoreboard.Rack;

/** What remains of a recovery phase when something else ends it. */
class LossRecoveryTest {
  private final Told told = new Told();

  /** A peer without SACK has revealed its next hole, which hasn't been retransmitted yet. */
  private Tcb withAPartialAck(Rig rig) {
    rig.listen((_, _) -> {});
    Rig.Remote remote = rig.synReceived();
    Tcb c = rig.accept(remote, told);
    c.write(rig.memory.address(), 8000, told);
    rig.flush();
    for (int i = 0; i < Rack.DUP_THRESHOLD; i++) {
      remote.ack(1, 1);
    }
    rig.turn();
    remote.ack(1, 1001);
    assertTrue(c.recovery.retransmitsAtOnce());
    return c;
  }

  @Test
  void aPartialAckIsForgottenByATimeout() { // and doesn't let the next phase exceed its window
    try (Rig rig = new Rig()) {
      Tcb c = withAPartialAck(rig);
      c.recovery.onTimeout(c, true, rig.now);
      assertFalse(c.recovery.retransmitsAtOnce());
      c.abort();
    }
  }

  @Test
  void aPartialAckIsForgottenWhenAllIsSentAnew() {
    try (Rig rig = new Rig()) {
      Tcb c = withAPartialAck(rig);
      rig.core.spares().rewind(c);
      assertFalse(c.recovery.retransmitsAtOnce());
      c.abort();
    }
  }
}
