package org.mosstack.tcp;

/** The ephemeral ports (RFC 6056 section 3.2). */
final class PortRange {
  /** The first port above the well-known ones. */
  static final int FIRST = 1024;

  /** Number of ports, up to 65535. */
  static final int COUNT = 0x10000 - FIRST;

  private PortRange() {}
}
