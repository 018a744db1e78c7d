package org.mosstack.tcp;

/** The ports that are handed out when none is asked for (RFC 6056 section 3.2). */
final class PortRange {
  /** The first port behind the well-known ones. */
  static final int FIRST = 1024;

  /** How many there are, up to 65535. */
  static final int COUNT = 0x10000 - FIRST;

  private PortRange() {}
}
