package org.mosstack.ip;

/**
 * How the IP layer of one core passes on what other cores need. Called on the core's thread; the
 * mbuf's data starts at the Ethernet header, and the caller keeps it: a copy is passed on, for
 * {@link IpLayer#inputPassedOn} there.
 */
public interface OtherCores {
  /** For a stack with one core: there are no others. */
  OtherCores NONE =
      new OtherCores() {
        @Override
        public void toAll(NetInterface from, long mbuf) {}

        @Override
        public boolean toServingCore(NetInterface from, long mbuf, long ticket) {
          return false;
        }

        @Override
        public boolean toArrivalCore(
            NetInterface from,
            long mbuf,
            int source,
            int destination,
            int sourcePort,
            int destinationPort) {
          return false;
        }
      };

  /**
   * Passes a frame to all other cores: ARP packets, as they arrive on one queue only but each core
   * has its own table.
   *
   * @param from where it arrived
   * @param mbuf the frame
   */
  void toAll(NetInterface from, long mbuf);

  /**
   * Passes a frame to the core that serves its flow, or drops it if that core doesn't keep up.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param ticket names the core ({@link Ticket#servingCore}), and is passed along
   * @return false if it can't be passed on: the other core has no queue on the device, or has ended
   */
  boolean toServingCore(NetInterface from, long mbuf, long ticket);

  /**
   * Passes a frame to the core where the packets of its flow arrive: an ICMP error, or a segment
   * reassembled from fragments, which a device spreads by their addresses alone. The tuple is that
   * of the flow's received packets, the remote end first.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param source the flow's remote address
   * @param destination the flow's local address
   * @param sourcePort the flow's remote port
   * @param destinationPort the flow's local port
   * @return true if it was passed on, false if they arrive at this core
   */
  boolean toArrivalCore(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort);
}
