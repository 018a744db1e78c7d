package org.mosstack.tcp;

/** When SYNs are answered with cookies (RFC 4987 section 3.6), in the order of Linux's values. */
public enum SynCookieMode {
  /** Never: a SYN that finds the SYN queue full is dropped. */
  OFF,
  /** While a listener's SYN queue is full. */
  WHEN_FULL,
  /** Always: no state is kept for half-open connections. */
  ALWAYS
}
