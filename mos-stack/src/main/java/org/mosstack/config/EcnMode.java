package org.mosstack.config;

/**
 * When connections use Explicit Congestion Notification (RFC 3168): the values of {@code tcp_ecn},
 * with Linux's numbers.
 */
public enum EcnMode implements Choice {
  /** Never. */
  OFF(0, "never"),
  /** Our SYNs ask for it, and the peer gets it if it asks. */
  ASK(1, "ask for it and accept it"),
  /** If the peer asks. */
  ACCEPT(2, "accept it");

  private final int number;
  private final String meaning;

  EcnMode(int number, String meaning) {
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
