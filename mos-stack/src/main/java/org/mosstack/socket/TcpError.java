package org.mosstack.socket;

/** Why a connection ended. */
public enum TcpError {
  /** Orderly: both sides closed and all data was acknowledged. */
  NONE,
  /** The peer sent RST. */
  RESET,
  /** The peer answered the SYN with RST, or ICMP reported that the port is closed. */
  REFUSED,
  /** Retransmissions went unanswered until they were given up (RFC 9293 section 3.8.3, R2). */
  TIMED_OUT,
  /** The connect timeout expired. */
  CONNECT_TIMED_OUT,
  /** Data stayed unacknowledged for longer than the user timeout (RFC 5482). */
  USER_TIMEOUT,
  /** Keepalive probes weren't answered (RFC 9293 section 3.8.4). */
  KEEPALIVE_TIMEOUT,
  /** Nothing was sent or received for {@code tcp_timeout} seconds. */
  IDLE_TIMEOUT,
  /**
   * ARP or ICMP reported during the handshake that the host can't be reached; or retransmissions
   * went unanswered until they were given up, and ICMP had reported it.
   */
  HOST_UNREACHABLE,
  /** Like {@link #HOST_UNREACHABLE}, for the whole network; only ICMP reports that. */
  NET_UNREACHABLE,
  /** The application aborted it, or closed it with unread data. */
  ABORTED,
  /** The stack was closed. */
  STACK_CLOSED
}
