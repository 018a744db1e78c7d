package org.mosstack.ip;

/** Receives what the IP layer hands up: TCP, on the core's thread. */
public interface TransportInput {
  /**
   * Processes a TCP segment for an address of this stack. The receiver owns the mbuf.
   *
   * @param mbuf one segment of memory, data at the Ethernet header
   * @param header address of the TCP header in it
   * @param length bytes of TCP header and payload; padding may follow them
   * @param source IPv4 source address
   * @param destination IPv4 destination address, one of this stack's own
   * @param tos the IP header's type-of-service octet, 0 to 255
   * @param checksumVerified whether the device has verified the checksum already
   */
  void input(
      long mbuf,
      long header,
      int length,
      int source,
      int destination,
      int tos,
      boolean checksumVerified);

  /**
   * Like {@link #input}, for a segment passed on by the core where it arrived, as this one serves
   * its flow.
   *
   * @param mbuf its {@link org.mosstack.mbuf.Mbuf#ticket} is the one that {@link #ticket} gave
   *     there
   */
  default void inputMoved(
      long mbuf,
      long header,
      int length,
      int source,
      int destination,
      int tos,
      boolean checksumVerified) {
    input(mbuf, header, length, source, destination, tos, checksumVerified);
  }

  /**
   * Returns whether another core serves the flow of a segment that arrived at this one. Called for
   * each segment, before {@link #input}; its checksum isn't verified yet.
   *
   * @param header address of the TCP header
   * @param length bytes available, maybe fewer than a header's
   * @param source IPv4 source address
   * @param destination IPv4 destination address, one of this stack's own
   * @return the {@link Ticket} with which to pass the segment on; {@link Ticket#NONE} if it stays
   */
  default long ticket(long header, int length, int source, int destination) {
    return Ticket.NONE;
  }

  /** Says that a segment couldn't be passed on as its {@link #ticket} says, and stays here. */
  default void notPassedOn(long ticket) {}

  /**
   * Returns the ticket of a flow that arrives at this core and another serves; {@link Ticket#NONE}
   * for any other.
   */
  default long ticketOf(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return Ticket.NONE;
  }

  /**
   * Reports an ICMP error about a segment that this stack sent. Nothing in it can be trusted: the
   * receiver checks that the sequence number is in flight (RFC 5927).
   *
   * @param type ICMP type: unreachable, time exceeded or parameter problem
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

  /** Reports that a route's next hop didn't answer ARP: packets to it were dropped. */
  void unreachable(int destination);
}
