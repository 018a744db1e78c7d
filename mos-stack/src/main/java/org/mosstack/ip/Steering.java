package org.mosstack.ip;

/**
 * How the IP layer of one core passes on what other cores need to know. Called on the core's
 * thread; the mbuf's data starts at the Ethernet header, and the caller keeps it: a copy is passed
 * on, for {@link IpLayer#inputSteered} there.
 */
public interface Steering {
  /** For a stack of one core: there is nobody to pass anything to. */
  Steering NONE =
      new Steering() {
        @Override
        public void toAllOthers(NetInterface from, long mbuf) {}

        @Override
        public boolean toOwner(
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
   * Passes a frame to all other cores: ARP packets arrive on one queue only, and each core has its
   * own table.
   *
   * @param from where it arrived
   * @param mbuf the frame
   */
  void toAllOthers(NetInterface from, long mbuf);

  /**
   * Passes an ICMP error to the core that the flow it speaks of belongs to. The tuple is that of
   * the flow's received packets, the remote end first.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param source the flow's remote address
   * @param destination the flow's local address
   * @param sourcePort the flow's remote port
   * @param destinationPort the flow's local port
   * @return true when it was passed on, false when the flow is this core's
   */
  boolean toOwner(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort);
}
