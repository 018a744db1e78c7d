package org.mosstack.stats;

/**
 * What a core counts besides bytes and packets: each reason for dropping a packet, and the TCP
 * events that show how well it works.
 */
public enum Counter {
  /** Frame shorter than its headers say. */
  DROP_ETHERNET_SHORT,
  /** Frame in more than one buffer; devices aren't asked for those. */
  DROP_ETHERNET_SEGMENTS,
  /** Frame for another MAC address. */
  DROP_ETHERNET_OTHER_HOST,
  /** Unsupported EtherType, or frame of a VLAN. */
  DROP_ETHERNET_TYPE,
  /** ARP packet too short or not IPv4 over Ethernet. */
  DROP_ARP_MALFORMED,
  /** ARP packet with an invalid sender (multicast, own address claimed by another). */
  DROP_ARP_SENDER,
  /** ARP reply that this core hadn't asked for; another core may have, and got a copy. */
  DROP_ARP_UNSOLICITED,
  /** Packet given up because its next hop's MAC address wasn't resolved in time. */
  DROP_ARP_UNRESOLVED,
  /** Packet given up because too many waited for the same MAC address. */
  DROP_ARP_QUEUE_FULL,
  /**
   * Answer not sent because its neighbour's MAC address isn't known and too many others that never
   * spoke ARP with us are being resolved.
   */
  DROP_ARP_UNKNOWN_PEER,
  /** IPv4 version, header length or total length that contradicts the frame. */
  DROP_IP_MALFORMED,
  /** IPv4 header checksum wrong. */
  DROP_IP_CHECKSUM,
  /** IPv4 fragment that is empty, or isn't the last and whose length isn't a multiple of 8. */
  DROP_IP_FRAGMENT_MALFORMED,
  /** Fragments whose datagram would be longer than 65,535 bytes. */
  DROP_IP_FRAGMENT_TOO_LONG,
  /** Exact duplicate of a fragment. */
  DROP_IP_FRAGMENT_DUPLICATE,
  /** Datagrams dropped because their fragments overlapped (RFC 5722 section 4). */
  DROP_IP_FRAGMENT_OVERLAP,
  /** Datagrams dropped because their fragments disagreed about where the end is. */
  DROP_IP_FRAGMENT_INCONSISTENT,
  /** Datagrams dropped because they came in too many fragments. */
  DROP_IP_FRAGMENT_TOO_MANY,
  /** Datagrams dropped because only some of their fragments were ECN-capable (RFC 3168 5.3). */
  DROP_IP_FRAGMENT_ECN,
  /** Fragment of a datagram that was dropped for one of these reasons. */
  DROP_IP_FRAGMENT_SPOILED,
  /** Datagrams dropped because not all of their fragments arrived in time. */
  DROP_IP_FRAGMENT_TIMEOUT,
  /** Unfinished datagrams given up for newer ones: too many of one source, or in all. */
  DROP_IP_FRAGMENT_EVICTED,
  /** Unfinished datagrams given up because fragments held too many packet buffers. */
  DROP_IP_FRAGMENT_NO_BUFFER,
  /** Reassembled datagram larger than a packet buffer, as only an echo may be. */
  DROP_IP_DATAGRAM_TOO_LARGE,
  /** IPv4 option with a bad length. */
  DROP_IP_OPTION,
  /** Packet that came by a source route (RFC 7126). */
  DROP_IP_SOURCE_ROUTE,
  /** Source address that no host may have (multicast, broadcast, own address). */
  DROP_IP_SOURCE,
  /** Destination that isn't an address of this stack. */
  DROP_IP_OTHER_HOST,
  /** Broadcast or multicast packet; nothing here listens to those. */
  DROP_IP_BROADCAST,
  /** Packet for this stack alone in a frame for all (RFC 1122 section 3.3.6). */
  DROP_IP_LINK_BROADCAST,
  /** TTL of 0. */
  DROP_IP_TTL,
  /** Unsupported protocol. */
  DROP_IP_PROTOCOL,
  /** No route to the destination of a packet to be sent. */
  DROP_IP_NO_ROUTE,
  /** Packet to be sent that is larger than the link's MTU. */
  DROP_IP_TOO_BIG,
  /** Packet to be sent in more than one buffer; the stack makes none. */
  DROP_IP_SEGMENTS,
  /** ICMP message too short or with a wrong checksum. */
  DROP_ICMP_MALFORMED,
  /** ICMP message of a type, or about a packet, that isn't handled. */
  DROP_ICMP_IGNORED,
  /** ICMP message not sent or not answered because of the rate limit. */
  DROP_ICMP_RATE_LIMITED,
  /** UDP length or checksum wrong. */
  DROP_UDP_MALFORMED,
  /** UDP packet; there are no UDP sockets. */
  DROP_UDP_NO_PORT,
  /** TCP header length outside the segment. */
  DROP_TCP_MALFORMED,
  /** TCP checksum wrong. */
  DROP_TCP_CHECKSUM,
  /** TCP option with a bad length; the segment is dropped. */
  DROP_TCP_OPTION,
  /** TCP segment for a port without listener, answered with RST. */
  DROP_TCP_NO_LISTENER,
  /**
   * SYN of a flow that this core is no longer to serve: it checked too late, or the listener of a
   * connection in TIME_WAIT now names other cores. The peer retransmits it and is served.
   */
  DROP_TCP_FLOW_MOVED,
  /** SYN while the listener's SYN queue is full. */
  DROP_TCP_SYN_QUEUE_FULL,
  /** Handshake's last ACK while the accept queue is full. */
  DROP_TCP_ACCEPT_QUEUE_FULL,
  /** Connection refused because the core has {@code max_concurrency} of them. */
  DROP_TCP_MAX_CONCURRENCY,
  /** Segment wholly outside the receive window (RFC 9293 3.10.7.4, first check). */
  DROP_TCP_OUT_OF_WINDOW,
  /** Segment whose timestamp is too old (RFC 7323 section 5, PAWS). */
  DROP_TCP_PAWS,
  /** Segment without ACK where one is needed. */
  DROP_TCP_NO_ACK,
  /** Acknowledgment outside what RFC 5961 section 5 accepts. */
  DROP_TCP_BAD_ACK,
  /** RST that wasn't exactly at rcv.nxt (RFC 5961 section 3), answered with a challenge ACK. */
  DROP_TCP_RST_CHALLENGED,
  /** SYN within a connection (RFC 5961 section 4), answered with a challenge ACK. */
  DROP_TCP_SYN_CHALLENGED,
  /** Challenge ACK or other pure ACK not sent because of the rate limit. */
  DROP_TCP_ACK_RATE_LIMITED,
  /** Data received before. */
  DROP_TCP_DUPLICATE_DATA,
  /** Data beyond the receive buffer. */
  DROP_TCP_RCV_BUFFER_FULL,
  /** Out-of-order data beyond the packet buffers, or the gaps, allowed per connection. */
  DROP_TCP_REASSEMBLY_FULL,
  /** Data while the core's {@code max_num_buffers} were all in use. */
  DROP_TCP_NO_BUFFER,
  /** Data, or a SYN, that {@code tcp_mem} had no room for. */
  DROP_TCP_MEMORY,
  /** Data after the peer had sent its FIN, or after the application closed. */
  DROP_TCP_DATA_AFTER_CLOSE,
  /** Nothing could be sent because the mbuf pool was empty; retried later. */
  NO_MBUF,
  /** Packet to be sent on a port whose link is down. */
  DROP_LINK_DOWN,
  /** Packet dropped because the transmit ring stayed full. */
  DROP_TX_RING_FULL,
  /** Packet dropped on its way to another core because the ring was full. */
  DROP_CORE_RING_FULL,
  /** Packet dropped on its way to another core because either core had no buffer for its copy. */
  DROP_CORE_NO_MBUF,

  /** IPv4 fragments received that passed the header checks. */
  IP_FRAGMENTS_RECEIVED,
  /** Datagrams reassembled from fragments. */
  IP_REASSEMBLED,
  /** Fragments sent, of datagrams larger than the link's MTU. */
  IP_FRAGMENTS_SENT,
  /** Times another station claimed an address of this stack (RFC 5227 section 2.4). */
  ARP_CONFLICTS,
  /** ARP requests postponed by a second because of the rate limit. */
  ARP_RATE_LIMITED,

  /** Connections opened actively that were established. */
  TCP_ACTIVE_OPENS,
  /** Connections accepted by listeners. */
  TCP_PASSIVE_OPENS,
  /** Connection attempts that failed. */
  TCP_FAILED_OPENS,
  /** Established connections that the peer reset. */
  TCP_RESETS_RECEIVED,
  /** RST segments sent. */
  TCP_RESETS_SENT,
  /** Connections ended by a timeout of any kind. */
  TCP_TIMEOUTS,
  /** Segments received that passed the header checks. */
  TCP_SEGMENTS_RECEIVED,
  /** Segments sent, retransmissions included. */
  TCP_SEGMENTS_SENT,
  /** Segments retransmitted, for any reason. */
  TCP_RETRANSMITS,
  /** Times the retransmission timer expired. */
  TCP_RTO_EXPIRED,
  /** Times fast retransmit started recovery. */
  TCP_FAST_RETRANSMITS,
  /** Times smaller segments were tried because full-sized ones vanished (RFC 4821). */
  TCP_MTU_BLACK_HOLES,
  /** Larger segments sent to probe whether a path takes them again (RFC 4821). */
  TCP_MTU_PROBES,
  /** Tail loss probes sent (RFC 8985). */
  TCP_TAIL_LOSS_PROBES,
  /** Recoveries and timeouts that turned out spurious: the congestion window was restored. */
  TCP_SPURIOUS_RETRANSMITS,
  /** Segments that arrived out of order and were kept. */
  TCP_OUT_OF_ORDER,
  /** Segments received with a congestion mark (CE, RFC 3168). */
  TCP_ECN_CE_RECEIVED,
  /** Times the peer's echo of such a mark reduced a congestion window. */
  TCP_ECN_REDUCTIONS,
  /** ACKs that reported duplicate data to the peer (D-SACK, RFC 2883). */
  TCP_DSACKS_SENT,
  /** Duplicate acknowledgments received. */
  TCP_DUP_ACKS_RECEIVED,
  /** Challenge ACKs sent (RFC 5961). */
  TCP_CHALLENGE_ACKS_SENT,
  /** SYNs answered with a cookie and forgotten (RFC 4987). */
  TCP_SYN_COOKIES_SENT,
  /** ACKs that returned a valid cookie. */
  TCP_SYN_COOKIES_RECEIVED,
  /** ACKs with an invalid or expired cookie while cookies were in use; answered with RST. */
  TCP_SYN_COOKIES_FAILED,
  /** ICMP errors about a connection, which goes on (RFC 5461, RFC 5927 section 5.2). */
  TCP_SOFT_ERRORS,
  /** Seconds in which {@code tcp_mem} was short. */
  TCP_MEMORY_PRESSURE,
  /** Connections whose out-of-order data was dropped as buffers, or {@code tcp_mem}, were short. */
  TCP_MEMORY_PRUNED,
  /** Connections reset because they held memory for long while {@code tcp_mem} was short. */
  TCP_MEMORY_RESETS,
  /** Active opens whose SYN data was accepted (RFC 7413). */
  TCP_FAST_OPEN_ACTIVE,
  /** Active opens whose SYN had a cookie and data that wasn't accepted. */
  TCP_FAST_OPEN_ACTIVE_FAILED,
  /** Connections that a listener accepted with the data of their SYN. */
  TCP_FAST_OPEN_PASSIVE,
  /** SYNs with a Fast Open cookie that is invalid or expired. */
  TCP_FAST_OPEN_PASSIVE_FAILED,
  /** SYNs with a valid cookie beyond the listener's limit of such connections. */
  TCP_FAST_OPEN_OVERFLOWS,
  /** Connections reset after their application closed them: for lack of memory, or for another. */
  TCP_ORPHANS_RESET,
  /** Zero-window probes sent. */
  TCP_ZERO_WINDOW_PROBES,
  /** Keepalive probes sent. */
  TCP_KEEPALIVE_PROBES,
  /**
   * Flows served by the core where they arrived, though their listener wanted another, because the
   * table of moved flows was full.
   */
  TCP_MOVED_FLOWS_FULL,
  /** Connections in TIME_WAIT replaced by a new one between the same ends (RFC 6191). */
  TCP_TIME_WAIT_REUSED,
  /** Connections in TIME_WAIT given up early, the oldest first, because there were too many. */
  TCP_TIME_WAIT_EVICTED,
  /**
   * Calls of the application's code that threw or returned an invalid result: an event's handler,
   * whose connection was aborted, {@code servingCore}, a wake-up, a log.
   */
  HANDLER_EXCEPTIONS,
  /**
   * Turns that lasted longer than the loop is to take ({@code mos.slowTurnMillis}), mostly because
   * a handler or a task blocked its thread: no packet was received or sent meanwhile.
   */
  SLOW_TURNS,
  /** Packets whose processing threw; the rest of their burst was processed all the same. */
  PACKET_EXCEPTIONS,
  /** Packet buffers freed though nobody held them: the core ends with the first. */
  BUFFER_DOUBLE_FREES
}
