package org.mosstack.tcp;

/** What a test needs to know of a connection and an application doesn't. */
public final class TcbView {
  private TcbView() {}

  /** Returns the peer's initial sequence number. */
  public static int irs(TcpConnection c) {
    return c.irs;
  }
}
