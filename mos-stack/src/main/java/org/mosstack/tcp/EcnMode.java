package org.mosstack.tcp;

/**
 * When connections use Explicit Congestion Notification (RFC 3168): {@code tcp_ecn}, in the order
 * of its values, which are those of Linux.
 */
public enum EcnMode {
  /** Never. */
  OFF,
  /** Our SYNs ask for it, and the peer gets it if it asks. */
  ASK,
  /** If the peer asks. */
  ACCEPT
}
