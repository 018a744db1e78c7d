package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mosstack.socket.TcpState.CLOSED;
import static org.mosstack.socket.TcpState.CLOSE_WAIT;
import static org.mosstack.socket.TcpState.CLOSING;
import static org.mosstack.socket.TcpState.ESTABLISHED;
import static org.mosstack.socket.TcpState.FIN_WAIT_1;
import static org.mosstack.socket.TcpState.FIN_WAIT_2;
import static org.mosstack.socket.TcpState.LAST_ACK;
import static org.mosstack.socket.TcpState.SYN_RECEIVED;
import static org.mosstack.socket.TcpState.SYN_SENT;
import static org.mosstack.socket.TcpState.TIME_WAIT;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.TcpState;
import org.mosstack.testkit.RecordingHandler;

class StateTransitionsTest {
  /** RFC 9293 figure 5, without what the class names as different; CLOSED follows on anything. */
  private static final Map<TcpState, Set<TcpState>> FIGURE_5 =
      Map.of(
          CLOSED, Set.of(SYN_SENT, SYN_RECEIVED, TIME_WAIT),
          SYN_SENT, Set.of(SYN_RECEIVED, ESTABLISHED, CLOSED),
          SYN_RECEIVED, Set.of(ESTABLISHED, CLOSED),
          ESTABLISHED, Set.of(FIN_WAIT_1, CLOSE_WAIT, CLOSED),
          FIN_WAIT_1, Set.of(FIN_WAIT_2, CLOSING, CLOSED),
          FIN_WAIT_2, Set.of(CLOSED),
          CLOSE_WAIT, Set.of(LAST_ACK, CLOSED),
          CLOSING, Set.of(CLOSED),
          LAST_ACK, Set.of(CLOSED),
          TIME_WAIT, Set.of(CLOSED));

  @Test
  void onlyTheFiguresTransitionsAreAllowed() {
    for (TcpState state : TcpState.values()) {
      EnumSet<TcpState> next = EnumSet.noneOf(TcpState.class);
      for (TcpState candidate : TcpState.values()) {
        if (StateTransitions.allow(state, candidate)) {
          next.add(candidate);
        }
      }
      assertEquals(FIGURE_5.get(state), next, state.name());
    }
  }

  @Test
  void anotherOneIsRefusedAndChangesNothing() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = fixture.connect(new RecordingHandler());
      IllegalStateException e = assertThrows(IllegalStateException.class, () -> c.enter(LAST_ACK));
      assertEquals("from SYN_SENT to LAST_ACK", e.getMessage());
      assertEquals(SYN_SENT, c.state());
      c.abort();
      fixture.turn();
    }
  }
}
