package org.mosstack.ip;

import org.mosstack.header.Checksum;
import org.mosstack.mbuf.Mbuf;

/** The Internet checksum over packets that may have several segments. */
final class PacketSum {
  private PacketSum() {}

  /**
   * One's-complement sum of a packet's bytes, not folded. Each segment but the last has an even
   * number of bytes behind what is skipped, as fragments have.
   *
   * @param skip bytes at the front that aren't summed, within the first segment
   */
  static long sum(long mbuf, int skip) {
    return sum(mbuf, skip, Mbuf.packetLength(mbuf) - skip);
  }

  /**
   * As above, of as many bytes.
   *
   * @param length bytes that are summed, no more than are there
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
