package org.mosstack.config;

/**
 * When SYNs are answered with cookies (RFC 4987 section 3.6): the values of {@code tcp_syncookies},
 * with Linux's numbers.
 */
public enum SynCookieMode implements Choice {
  /** Never: a SYN that finds the SYN queue full is dropped. */
  OFF(0, "never"),
  /** While a listener's SYN queue is full. */
  WHEN_FULL(1, "when the SYN queue is full"),
  /** Always: no state is kept for half-open connections. */
  ALWAYS(2, "always");

  private final int number;
  private final String meaning;

  SynCookieMode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  @Override
  public int number() {
    return number;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
