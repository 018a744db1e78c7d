package org.mosstack.tcp;

/**
 * When connections use explicit congestion notification (RFC 3168): {@code tcp_ecn}, in the order
 * of its values, which are Linux's.
 */
public enum EcnMode {
  /** Never. */
  OFF,
  /** Our SYNs ask for it, and the peer gets it when it asks. */
  ASK,
  /** When the peer asks. */
  ACCEPT
}
