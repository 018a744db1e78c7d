package org.mosstack.ip;

import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Sends datagrams larger than the link's MTU in fragments (RFC 791 section 3.2, RFC 1122 section
 * 3.3.3): echo replies only, as TCP segments are never that large.
 */
final class Ipv4Fragmentation {
  private final EthernetOutput ethernet;
  private final MbufPool pool;
  private final Counters counters;
  private final Identifications identifications;

  // Read position in the datagram being sent.
  private long segment;
  private int read;

  Ipv4Fragmentation(
      EthernetOutput ethernet, MbufPool pool, Counters counters, Identifications identifications) {
    this.identifications = identifications;
    this.ethernet = ethernet;
    this.pool = pool;
    this.counters = counters;
  }

  /** Number of fragments that a payload takes on a path. */
  static int count(Path path, int payloadBytes) {
    int room = room(path);
    return (payloadBytes + room - 1) / room;
  }

  /** Payload bytes of each fragment but the last. */
  private static int room(Path path) {
    return path.mtu() - Ipv4Header.MIN_BYTES & -Ipv4Header.FRAGMENT_UNIT;
  }

  /**
   * Sends a datagram of at most 65,535 bytes. Owns the mbuf.
   *
   * @param mbuf any number of segments, data at the transport header
   * @return false if a part of it was dropped, which makes the rest worthless
   */
  boolean send(
      Path path,
      long mbuf,
      int source,
      int destination,
      int protocol,
      int tos,
      int ttl,
      long nowNanos) {
    int id = identifications.next(source, destination, protocol);
    int total = Mbuf.packetLength(mbuf);
    int room = room(path);
    segment = mbuf;
    read = 0;
    boolean sent = true;
    for (int offset = 0; sent && offset < total; offset += room) {
      int length = Math.min(room, total - offset);
      long fragment = next(length);
      if (fragment == 0) {
        counters.increment(Counter.NO_MBUF);
        sent = false;
      } else {
        long ip = Mbuf.prepend(fragment, Ipv4Header.MIN_BYTES);
        int totalLength = Ipv4Header.MIN_BYTES + length;
        Ipv4Header.writeFragmentable(ip, tos, totalLength, id, ttl, protocol, source, destination);
        Ipv4Header.setFragment(ip, offset, offset + length < total);
        Ipv4Header.writeChecksum(ip);
        counters.increment(Counter.IP_FRAGMENTS_SENT);
        sent = ethernet.send(path, fragment, nowNanos);
      }
    }
    pool.free(mbuf);
    return sent;
  }

  /** Copies the next bytes of the datagram into a buffer of their own; 0 if there is none. */
  private long next(int length) {
    long fragment = pool.alloc();
    for (int left = length; fragment != 0 && left > 0; ) {
      if (read == Mbuf.dataLength(segment)) {
        segment = Mbuf.next(segment);
        read = 0;
      }
      int part = Math.min(left, Mbuf.dataLength(segment) - read);
      Mbuf.append(fragment, Mbuf.data(segment) + read, part);
      read += part;
      left -= part;
    }
    return fragment;
  }
}
