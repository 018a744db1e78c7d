package org.mosstack.tcp;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.mosstack.socket.TcpState;

/**
 * Which state may follow which (RFC 9293 section 3.3.2, figure 5).
 *
 * <p>There is no way from SYN_RECEIVED to FIN_WAIT_1: an application that closes a connection whose
 * handshake isn't over aborts it. TIME_WAIT is entered from CLOSED, as a record of {@link
 * TimeWaitTable} has replaced the connection by then; its object only stands for the record to an
 * application that hasn't closed its side yet.
 */
final class StateTransitions {
  private static final Map<TcpState, EnumSet<TcpState>> NEXT = new EnumMap<>(TcpState.class);

  static {
    from(TcpState.CLOSED, TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.TIME_WAIT);
    from(TcpState.SYN_SENT, TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSED);
    from(TcpState.SYN_RECEIVED, TcpState.ESTABLISHED, TcpState.CLOSED);
    from(TcpState.ESTABLISHED, TcpState.FIN_WAIT_1, TcpState.CLOSE_WAIT, TcpState.CLOSED);
    from(TcpState.FIN_WAIT_1, TcpState.FIN_WAIT_2, TcpState.CLOSING, TcpState.CLOSED);
    from(TcpState.FIN_WAIT_2, TcpState.CLOSED);
    from(TcpState.CLOSE_WAIT, TcpState.LAST_ACK, TcpState.CLOSED);
    from(TcpState.CLOSING, TcpState.CLOSED);
    from(TcpState.LAST_ACK, TcpState.CLOSED);
    from(TcpState.TIME_WAIT, TcpState.CLOSED);
  }

  private StateTransitions() {}

  private static void from(TcpState state, TcpState first, TcpState... others) {
    NEXT.put(state, EnumSet.of(first, others));
  }

  /** Whether {@code next} may follow {@code state} directly. */
  static boolean allow(TcpState state, TcpState next) {
    return NEXT.get(state).contains(next);
  }
}
