package org.mosstack.sim;

import org.mosstack.header.TcpHeader;

/** Segments that a link drops because of what they are. */
enum Target {
  /** None. */
  NONE,
  /** The first segment of a handshake. */
  SYN,
  /** The second segment of a handshake. */
  SYN_ACK,
  /** The third segment of a handshake, and all similar ones. */
  PURE_ACK,
  /** Segments that close a direction. */
  FIN,
  /** The last segment of a write, whose loss no later one reveals. */
  TAIL,
  /** Any segment with payload. */
  DATA;

  private static final int CONTROL = TcpHeader.SYN | TcpHeader.FIN | TcpHeader.RST | TcpHeader.ACK;

  boolean matches(FrameView f) {
    boolean syn = f.has(TcpHeader.SYN);
    return switch (this) {
      case NONE -> false;
      case SYN -> syn && !f.has(TcpHeader.ACK);
      case SYN_ACK -> syn && f.has(TcpHeader.ACK);
      case PURE_ACK -> f.payload == 0 && (f.flags & CONTROL) == TcpHeader.ACK;
      case FIN -> f.has(TcpHeader.FIN);
      case TAIL -> f.payload > 0 && (f.has(TcpHeader.PSH) || f.has(TcpHeader.FIN));
      case DATA -> f.payload > 0;
    };
  }
}
