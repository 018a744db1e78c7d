package org.mosstack.ip;

import org.mosstack.header.Checksum;
import org.mosstack.mbuf.Mbuf;

/** The Internet checksum over packets that may have several segments. */
final class PacketSum {
  private PacketSum() {}

  /**
   * One's-complement sum of a packet's bytes, not folded. Each segment but the last has an even
   * number of bytes after what is skipped, as fragments do.
   *
   * @param skip bytes to skip at the front, within the first segment
   */
  static long sum(long mbuf, int skip) {
    return sum(mbuf, skip, Mbuf.packetLength(mbuf) - skip);
  }

  /**
   * As above, over a given number of bytes.
   *
   * @param length bytes to sum, no more than the packet has
   */
  static long sum(long mbuf, int skip, int length) {
    long segment = mbuf;
    int part = Math.min(Mbuf.dataLength(mbuf) - skip, length);
    long sum = Checksum.sum(Mbuf.data(mbuf) + skip, part);
    for (int left = length - part; left > 0; left -= part) {
      segment = Mbuf.next(segment);
      part = Math.min(Mbuf.dataLength(segment), left);
      sum = Checksum.add(sum, Checksum.sum(Mbuf.data(segment), part));
    }
    return sum;
  }
}
