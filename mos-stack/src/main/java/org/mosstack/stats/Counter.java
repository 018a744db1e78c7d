package org.mosstack.stats;

/**
 * What a core counts beyond bytes and packets: each reason for which a packet was dropped, and the
 * events of TCP that tell how well it goes.
 */
public enum Counter {
  /** Frame shorter than its headers say. */
  DROP_ETHERNET_SHORT,
  /** Frame in more than one buffer; none is asked for. */
  DROP_ETHERNET_SEGMENTS,
  /** Frame for another MAC address. */
  DROP_ETHERNET_OTHER_HOST,
  /** EtherType that nobody here speaks, or frame of a VLAN. */
  DROP_ETHERNET_TYPE,
  /** ARP packet too short or not IPv4 over Ethernet. */
  DROP_ARP_MALFORMED,
  /** ARP packet with a sender that can't be (multicast, own address claimed by another). */
  DROP_ARP_SENDER,
  /** ARP reply that this core hadn't asked for; another core may have, and got a copy. */
  DROP_ARP_UNSOLICITED,
  /** Packet given up because its next hop's MAC address wasn't answered in time. */
  DROP_ARP_UNRESOLVED,
  /** Packet given up because too many waited for the same MAC address. */
  DROP_ARP_QUEUE_FULL,
  /**
   * Answer not sent, as its neighbour's MAC address isn't known and too many others that never
   * spoke ARP with us are being asked for theirs.
   */
  DROP_ARP_UNKNOWN_PEER,
  /** IPv4 version, header length or total length that contradicts the frame. */
  DROP_IP_MALFORMED,
  /** IPv4 header checksum wrong. */
  DROP_IP_CHECKSUM,
  /** IPv4 fragment that is empty, or isn't the last and has a length that isn't 8 times n. */
  DROP_IP_FRAGMENT_MALFORMED,
  /** Fragments whose datagram would be longer than 65,535 bytes. */
  DROP_IP_FRAGMENT_TOO_LONG,
  /** Fragment that came before, exactly as it is. */
  DROP_IP_FRAGMENT_DUPLICATE,
  /** Datagrams dropped because fragments of theirs overlapped (RFC 5722 section 4). */
  DROP_IP_FRAGMENT_OVERLAP,
  /** Datagrams dropped because their fragments didn't agree where the end is. */
  DROP_IP_FRAGMENT_INCONSISTENT,
  /** Datagrams dropped because they came in too many fragments. */
  DROP_IP_FRAGMENT_TOO_MANY,
  /** Datagrams dropped because only some of their fragments take part in ECN (RFC 3168 5.3). */
  DROP_IP_FRAGMENT_ECN,
  /** Fragment of a datagram that was dropped for one of these reasons. */
  DROP_IP_FRAGMENT_SPOILED,
  /** Datagrams dropped because not all of their fragments came in time. */
  DROP_IP_FRAGMENT_TIMEOUT,
  /** Unfinished datagrams given up for newer ones: too many of one source, or of all. */
  DROP_IP_FRAGMENT_EVICTED,
  /** Unfinished datagrams given up because fragments held too many packet buffers. */
  DROP_IP_FRAGMENT_NO_BUFFER,
  /** Datagram of fragments that is larger than a packet buffer, which only an echo may be. */
  DROP_IP_DATAGRAM_TOO_LARGE,
  /** IPv4 option whose length lies. */
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
  /** Protocol that nobody here speaks. */
  DROP_IP_PROTOCOL,
  /** No route to the destination of a packet to be sent. */
  DROP_IP_NO_ROUTE,
  /** Packet to be sent that is larger than the link's MTU. */
  DROP_IP_TOO_BIG,
  /** Packet to be sent in more than one buffer; none is made so. */
  DROP_IP_SEGMENTS,
  /** ICMP message too short or with a wrong checksum. */
  DROP_ICMP_MALFORMED,
  /** ICMP message of a type or about a packet that concerns nobody. */
  DROP_ICMP_IGNORED,
  /** ICMP message not sent or not answered because of the rate limit. */
  DROP_ICMP_RATE_LIMITED,
  /** UDP length or checksum wrong. */
  DROP_UDP_MALFORMED,
  /** UDP packet: no sockets for it here. */
  DROP_UDP_NO_PORT,
  /** TCP header length outside the segment. */
  DROP_TCP_MALFORMED,
  /** TCP checksum wrong. */
  DROP_TCP_CHECKSUM,
  /** TCP option whose length lies; the segment is dropped. */
  DROP_TCP_OPTION,
  /** TCP segment for a port without listener, answered with RST. */
  DROP_TCP_NO_LISTENER,
  /**
   * SYN of a flow that this core isn't to serve any more: it looked too late, or the listener of a
   * connection in TIME_WAIT names other cores now. The peer sends it again and is served.
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
  /** Data that had been received before. */
  DROP_TCP_DUPLICATE_DATA,
  /** Data beyond the receive buffer. */
  DROP_TCP_RCV_BUFFER_FULL,
  /** Out-of-order data beyond the packet buffers, or the gaps, that a connection may have. */
  DROP_TCP_REASSEMBLY_FULL,
  /** Data while the core's {@code max_num_buffers} were all in use. */
  DROP_TCP_NO_BUFFER,
  /** Data, or a SYN, that {@code tcp_mem} had no room for. */
  DROP_TCP_MEMORY,
  /** Data after the peer had sent its FIN, or after the application closed. */
  DROP_TCP_DATA_AFTER_CLOSE,
  /** Nothing could be sent because the mbuf pool was empty; tried again later. */
  NO_MBUF,
  /** Packet to be sent on a port whose link is down. */
  DROP_LINK_DOWN,
  /** Packet dropped because the transmit ring stayed full. */
  DROP_TX_RING_FULL,
  /** Packet dropped on its way to another core because the ring was full. */
  DROP_CORE_RING_FULL,
  /** Packet dropped on its way to another core because either core had no buffer for its copy. */
  DROP_CORE_NO_MBUF,

  /** IPv4 fragments received that passed the checks of the header. */
  IP_FRAGMENTS_RECEIVED,
  /** Datagrams that were made whole again of fragments. */
  IP_REASSEMBLED,
  /** Fragments sent, of datagrams larger than the link's MTU. */
  IP_FRAGMENTS_SENT,
  /** Times another station claimed an address of this stack (RFC 5227 section 2.4). */
  ARP_CONFLICTS,
  /** ARP requests put off for a second because of the rate limit. */
  ARP_RATE_LIMITED,

  /** Connections opened by connect that were established. */
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
  /** Segments received that passed the checks of the header. */
  TCP_SEGMENTS_RECEIVED,
  /** Segments sent, retransmissions included. */
  TCP_SEGMENTS_SENT,
  /** Segments sent again, for any reason. */
  TCP_RETRANSMITS,
  /** Times the retransmission timer expired. */
  TCP_RTO_EXPIRED,
  /** Times fast retransmit started recovery. */
  TCP_FAST_RETRANSMITS,
  /** Times smaller segments were tried because full ones vanished (RFC 4821). */
  TCP_MTU_BLACK_HOLES,
  /** Larger segments sent to see whether a path takes them again (RFC 4821). */
  TCP_MTU_PROBES,
  /** Tail loss probes sent (RFC 8985). */
  TCP_TAIL_LOSS_PROBES,
  /** Recoveries and timeouts that turned out needless: the window was given back. */
  TCP_SPURIOUS_RETRANSMITS,
  /** Segments that arrived out of order and were kept. */
  TCP_OUT_OF_ORDER,
  /** Segments that came with a mark of congestion (CE, RFC 3168). */
  TCP_ECN_CE_RECEIVED,
  /** Times the peer's echo of such a mark reduced a congestion window. */
  TCP_ECN_REDUCTIONS,
  /** ACKs that told the peer of data which it had sent twice (D-SACK, RFC 2883). */
  TCP_DSACKS_SENT,
  /** Duplicate acknowledgments received. */
  TCP_DUP_ACKS_RECEIVED,
  /** Challenge ACKs sent (RFC 5961). */
  TCP_CHALLENGE_ACKS_SENT,
  /** SYNs answered with a cookie and forgotten (RFC 4987). */
  TCP_SYN_COOKIES_SENT,
  /** ACKs that brought a good cookie back. */
  TCP_SYN_COOKIES_RECEIVED,
  /** ACKs with a bad or old cookie, while cookies were in use; answered with RST. */
  TCP_SYN_COOKIES_FAILED,
  /** ICMP errors about a connection, which goes on (RFC 5461, RFC 5927 section 5.2). */
  TCP_SOFT_ERRORS,
  /** Seconds in which {@code tcp_mem} was short. */
  TCP_MEMORY_PRESSURE,
  /**
   * Connections whose out-of-order data was given up as buffers, or {@code tcp_mem}, were short.
   */
  TCP_MEMORY_PRUNED,
  /** Connections reset because they held memory for long while {@code tcp_mem} was short. */
  TCP_MEMORY_RESETS,
  /** Connects whose SYN's data was taken (RFC 7413). */
  TCP_FAST_OPEN_ACTIVE,
  /** Connects whose SYN had a cookie and data that wasn't taken. */
  TCP_FAST_OPEN_ACTIVE_FAILED,
  /** Connections that a listener took with the data of their SYN. */
  TCP_FAST_OPEN_PASSIVE,
  /** SYNs with a Fast Open cookie that isn't good, or not any more. */
  TCP_FAST_OPEN_PASSIVE_FAILED,
  /** SYNs with a good cookie that found the listener's limit of such connections reached. */
  TCP_FAST_OPEN_OVERFLOWS,
  /** Connections reset that their application had closed: for lack of memory, or for another. */
  TCP_ORPHANS_RESET,
  /** Zero-window probes sent. */
  TCP_ZERO_WINDOW_PROBES,
  /** Keepalive probes sent. */
  TCP_KEEPALIVE_PROBES,
  /**
   * Flows that were served by the core they arrived at, though their listener wanted another, since
   * the table of moved flows was full.
   */
  TCP_MOVED_FLOWS_FULL,
  /** Connections in TIME_WAIT whose place a new one of the same ends took (RFC 6191). */
  TCP_TIME_WAIT_REUSED,
  /** Connections in TIME_WAIT given up early, the oldest first, because there were too many. */
  TCP_TIME_WAIT_EVICTED,
  /**
   * Calls of the application's code that threw, or gave what they can't: an event's handler, whose
   * connection was aborted, {@code servingCore}, a wake-up, a log.
   */
  HANDLER_EXCEPTIONS,
  /** Packets whose processing threw; what came with them was processed all the same. */
  PACKET_EXCEPTIONS,
  /** Packet buffers that were freed though nobody held them: the core ends with the first. */
  BUFFER_DOUBLE_FREES
}
