package org.mosstack.tcp;

import org.mosstack.socket.TcpConnection;

/** What a test needs to know of a connection and an application doesn't. */
public final class TcbView {
  private TcbView() {}

  /** Returns the peer's initial sequence number. */
  public static int irs(TcpConnection c) {
    return ((Tcb) c).irs;
  }
}
