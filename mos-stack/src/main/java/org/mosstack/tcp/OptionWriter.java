package org.mosstack.tcp;

import org.mosstack.mbuf.Memory;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Writes the options of outgoing segments, except SACK, which {@link SackOption} writes. {@link
 * TcpOptions} parses those of incoming segments.
 */
final class OptionWriter {
  /** SACK-permitted (RFC 2018 section 2), in place of the timestamps' padding. */
  private static final int SACK_PERMITTED_HALF =
      TcpOptions.KIND_SACK_PERMITTED << 8 | TcpOptions.SACK_PERMITTED_BYTES;

  private OptionWriter() {}

  /** Bytes of all options of our SYN or SYN-ACK. */
  static int synOptionBytes(Tcb c) {
    return TcpOptions.MSS_BYTES
        + (c.windowScaling ? TcpOptions.WINDOW_SCALE_BYTES + 1 : 0)
        + (c.timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : c.sack ? 4 : 0)
        + FastOpen.optionBytes(c);
  }

  /** Writes the options of our SYN or SYN-ACK at an address. */
  static void writeSynOptions(Tcb c, long address) {
    long at = address;
    Memory.putIntBe(at, TcpOptions.KIND_MSS << 24 | TcpOptions.MSS_BYTES << 16 | c.advMss);
    at += TcpOptions.MSS_BYTES;
    if (c.windowScaling) {
      Memory.putIntBe(
          at,
          TcpOptions.KIND_NOP << 24
              | TcpOptions.KIND_WINDOW_SCALE << 16
              | TcpOptions.WINDOW_SCALE_BYTES << 8
              | c.rcvWndShift);
      at += 4;
    }
    if (c.timestamps) {
      writeTimestamps(c, at);
      if (c.sack) {
        Memory.putShortBe(at, SACK_PERMITTED_HALF); // in place of the two bytes of padding
      }
      at += TcpOptions.PADDED_TIMESTAMPS_BYTES;
    } else if (c.sack) {
      Memory.putIntBe(
          at, TcpOptions.KIND_NOP << 24 | TcpOptions.KIND_NOP << 16 | SACK_PERMITTED_HALF);
      at += 4;
    }
    if (FastOpen.optionBytes(c) > 0) {
      FastOpen.writeOption(c, at);
    }
  }

  /** Writes the timestamps of a segment, padded. */
  static void writeTimestamps(Tcb c, long address) {
    writeTimestamps(address, c.core.timestamp(c), c.tsRecent);
  }

  /** Writes these timestamps, padded. */
  static void writeTimestamps(long address, int tsVal, int tsEcr) {
    Memory.putIntBe(address, TcpOptions.PADDED_TIMESTAMPS_WORD);
    Memory.putLongBe(address + 4, (long) tsVal << 32 | tsEcr & 0xFFFF_FFFFL);
  }
}
