package org.mosstack.socket;

/** The states of a connection (RFC 9293 section 3.3.2). LISTEN is {@link TcpListener}. */
public enum TcpState {
  /** No connection. */
  CLOSED,
  /** Waiting for the answer to our SYN. */
  SYN_SENT,
  /** Both SYNs have been sent; ours isn't acknowledged. */
  SYN_RECEIVED,
  /** Data flows both ways. */
  ESTABLISHED,
  /** We closed; our FIN isn't acknowledged. */
  FIN_WAIT_1,
  /** We closed, and our FIN is acknowledged; the peer may still send. */
  FIN_WAIT_2,
  /** The peer closed; we may still send. */
  CLOSE_WAIT,
  /** Both closed at the same time; our FIN isn't acknowledged. */
  CLOSING,
  /** The peer closed, then we; our FIN isn't acknowledged. */
  LAST_ACK,
  /** Waiting for old segments to die out. */
  TIME_WAIT
}
