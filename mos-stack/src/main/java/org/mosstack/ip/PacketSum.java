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
    long sum = Checksum.sum(Mbuf.data(mbuf) + skip, Mbuf.dataLength(mbuf) - skip);
    long segment = mbuf;
    for (int more = Mbuf.segments(mbuf) - 1; more > 0; more--) {
      segment = Mbuf.next(segment);
      sum = Checksum.add(sum, Checksum.sum(Mbuf.data(segment), Mbuf.dataLength(segment)));
    }
    return sum;
  }
}
