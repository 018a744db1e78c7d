package org.mosstack.config;

/**
 * Who may put data into SYNs (TCP Fast Open, RFC 7413), where a connection or a listener asks for
 * it: the values of {@code tcp_fastopen}, with Linux's numbers.
 */
public enum FastOpenMode implements Choice {
  /** Nobody. */
  OFF(0, "never"),
  /** Clients. */
  CLIENT(1, "clients"),
  /** Servers take it. */
  SERVER(2, "servers"),
  /** Clients, and servers take it. */
  BOTH(3, "both");

  private final int number;
  private final String meaning;

  FastOpenMode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  /**
   * Whether SYNs of ours may carry data.
   *
   * @return true if they may
   */
  public boolean isClient() {
    return this == CLIENT || this == BOTH;
  }

  /**
   * Whether listeners may take the data of SYNs.
   *
   * @return true if they may
   */
  public boolean isServer() {
    return this == SERVER || this == BOTH;
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
