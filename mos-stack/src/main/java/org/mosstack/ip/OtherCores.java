package org.mosstack.ip;

/**
 * How the IP layer of one core passes on what other cores need to have. Called on the core's
 * thread; the mbuf's data starts at the Ethernet header, and the caller keeps it: a copy is passed
 * on, for {@link IpLayer#inputPassedOn} there.
 */
public interface OtherCores {
  /** For a stack of one core: there is nobody to pass anything to. */
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
   * Passes a frame to all other cores: ARP packets, which arrive on one queue only while each core
   * has a table of its own.
   *
   * @param from where it arrived
   * @param mbuf the frame
   */
  void toAll(NetInterface from, long mbuf);

  /**
   * Passes a frame to the core that serves its flow, or drops it when that core doesn't keep up.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param ticket names the core ({@link Ticket#servingCore}), and goes along
   * @return false when it can't be passed: the other core has no queue on the device, or has ended
   */
  boolean toServingCore(NetInterface from, long mbuf, long ticket);

  /**
   * Passes a frame to the core that the packets of the flow it concerns arrive at: an ICMP error,
   * or a segment that was made whole of fragments, which a device spreads by their addresses alone.
   * The tuple is that of the flow's received packets, the remote end first.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param source the flow's remote address
   * @param destination the flow's local address
   * @param sourcePort the flow's remote port
   * @param destinationPort the flow's local port
   * @return true when it was passed on, false when they arrive at this core
   */
  boolean toArrivalCore(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort);
}
