package org.mosstack.ip;

/** What the IP layer hands upwards: TCP, on the core's thread. */
public interface TransportInput {
  /**
   * A TCP segment for an address of this stack. The receiver owns the mbuf.
   *
   * @param mbuf one segment of memory whose data starts at the TCP header and ends with the IP
   *     payload (Ethernet header, IP header and padding are trimmed off)
   * @param source IPv4 source address
   * @param destination IPv4 destination address, one of this stack's own
   * @param tos the IP header's type-of-service octet, 0 to 255
   * @param checksumVerified the device has verified the checksum already
   */
  void input(long mbuf, int source, int destination, int tos, boolean checksumVerified);

  /** {@link #steer}: the segment is for this core. */
  int HERE = -1;

  /** {@link #steer}: a copy is for each of the others. */
  int ALL_OTHERS = -2;

  /**
   * Says which core a segment is for that a device gave to this one. Asked for each, before {@link
   * #input}; its checksum isn't verified yet.
   *
   * @param header address of the TCP header
   * @param length bytes there, perhaps fewer than a header's
   * @param source IPv4 source address
   * @param destination IPv4 destination address, one of this stack's own
   * @return a core's index, {@link #HERE} or {@link #ALL_OTHERS}
   */
  default int steer(long header, int length, int source, int destination) {
    return HERE;
  }

  /**
   * An ICMP error about a segment that this stack sent. Nothing in it can be trusted: the receiver
   * checks that the sequence number is in flight (RFC 5927).
   *
   * @param type ICMP type: unreachable or time exceeded
   * @param code ICMP code
   * @param mtu next-hop MTU of "fragmentation needed", else 0
   * @param source source address of the segment: this stack's
   * @param destination destination address of the segment
   * @param sourcePort source port of the segment
   * @param destinationPort destination port of the segment
   * @param sequence sequence number of the segment
   */
  void icmpError(
      int type,
      int code,
      int mtu,
      int source,
      int destination,
      int sourcePort,
      int destinationPort,
      int sequence);

  /** The next hop of a route didn't answer ARP: packets to it were dropped. */
  void unreachable(int destination);
}
