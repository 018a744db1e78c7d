package org.mosstack.tcp;

import org.mosstack.mbuf.Memory;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * The SACK option of outgoing segments: first what arrived twice (D-SACK, RFC 2883), then what
 * arrived ahead of a gap (RFC 2018 section 4). One object per core.
 */
final class SackOption {
  private static final int MAX_OPTION_BYTES = 40; // RFC 9293 section 3.1: what Data Offset allows
  private static final int PADDING_AND_HEADER_BYTES = 4;

  /** Left and right edges alternately. */
  private final int[] edges = new int[2 * TcpOptions.MAX_SACK_BLOCKS];

  private int count;
  private boolean duplicate;
  private boolean finCame;

  /** Makes the next option begin with data that arrived twice. */
  void duplicate(int left, int right) {
    edges[0] = left;
    edges[1] = right;
    duplicate = true;
  }

  /**
   * Forgets what arrived twice: it is reported only once (RFC 2883 section 4), even if the segment
   * isn't sent.
   */
  void forgetDuplicate() {
    duplicate = false;
  }

  /** Sets whether a FIN without data has just come ahead of a gap: it is then reported first. */
  void finCame(boolean came) {
    finCame = came;
  }

  /**
   * Chooses the blocks for a segment.
   *
   * @param length payload bytes of the segment, which leave room for fewer blocks
   * @param optionBytes bytes of its other options
   * @return bytes that {@link #write} will write; 0 when there is nothing to report, or no room
   */
  int prepare(Tcb c, int length, int optionBytes) {
    count = 0;
    if (!c.sack || c.reassembly == null && !c.finSeen && !duplicate) {
      return 0;
    }
    // The option must not make a packet larger than the path takes.
    int room = length == 0 ? MAX_OPTION_BYTES : Math.min(MAX_OPTION_BYTES, c.sndMssBase - length);
    int max = (room - optionBytes - PADDING_AND_HEADER_BYTES) / TcpOptions.SACK_BLOCK_BYTES;
    if (max <= 0) {
      return 0;
    }
    count = duplicate ? 1 : 0;
    if (count < max) {
      int from = count;
      if (c.reassembly != null) {
        count += c.reassembly.report(edges, 2 * from, max - from);
      }
      if (c.finSeen && !c.finReceived) {
        coverFin(c, from, max);
      }
    }
    return count == 0 ? 0 : PADDING_AND_HEADER_BYTES + count * TcpOptions.SACK_BLOCK_BYTES;
  }

  /**
   * Covers a FIN ahead of the gap, at the end of a block or on its own, so that it isn't sent again
   * either.
   */
  private void coverFin(Tcb c, int from, int max) {
    for (int i = from; i < count; i++) {
      if (edges[2 * i + 1] == c.finSeq) {
        edges[2 * i + 1]++;
        return;
      }
    }
    int at = finCame ? from : Math.min(count, max - 1);
    count = Math.min(count + 1, max);
    System.arraycopy(edges, 2 * at, edges, 2 * at + 2, 2 * (count - at - 1));
    edges[2 * at] = c.finSeq;
    edges[2 * at + 1] = c.finSeq + 1;
  }

  /** Writes the option behind two bytes of padding. */
  void write(long address) {
    Memory.putIntBe(
        address,
        TcpOptions.KIND_NOP << 24
            | TcpOptions.KIND_NOP << 16
            | TcpOptions.KIND_SACK << 8
            | 2 + count * TcpOptions.SACK_BLOCK_BYTES);
    for (int i = 0; i < 2 * count; i++) {
      Memory.putIntBe(address + PADDING_AND_HEADER_BYTES + 4L * i, edges[i]);
    }
  }
}
