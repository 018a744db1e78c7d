package org.mosstack.tcp;

/** What a test must know of a connection that an application needn't. */
public final class TcbView {
  private TcbView() {}

  /** The peer's initial sequence number. */
  public static int irs(TcpConnection c) {
    return c.irs;
  }
}
