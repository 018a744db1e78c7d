package org.mosstack.tcp;

/** When SYNs are answered with cookies (RFC 4987 section 3.6); the order is that of Linux. */
public enum SynCookieMode {
  /** Never: what finds the SYN queue full is dropped. */
  OFF,
  /** While a listener's SYN queue is full. */
  WHEN_FULL,
  /** Always: no half-open connection is remembered. */
  ALWAYS
}
