package org.mosstack.ip;

/**
 * How the IP layer of one core passes on what other cores need to know. Called on the core's
 * thread; the mbuf's data starts at the Ethernet header, and the caller keeps it: a copy is passed
 * on, for {@link IpLayer#inputSteered} there, unless a method says otherwise.
 */
public interface Steering {
  /** For a stack of one core: there is nobody to pass anything to. */
  Steering NONE =
      new Steering() {
        @Override
        public void toAllOthers(NetInterface from, long mbuf) {}

        @Override
        public boolean toCore(NetInterface from, long mbuf, int core) {
          return false;
        }

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

        @Override
        public boolean toArrival(
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
   * has a table of its own; and segments of a flow that any of them may have.
   *
   * @param from where it arrived
   * @param mbuf the frame
   */
  void toAllOthers(NetInterface from, long mbuf);

  /**
   * Passes a frame to another core, or drops it when that core doesn't keep up.
   *
   * @param from where it arrived
   * @param mbuf the frame
   * @param core the other's index
   * @return false when it has no queue on the device: it can't be passed
   */
  boolean toCore(NetInterface from, long mbuf, int core);

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

  /**
   * Passes a segment that was made whole of fragments to the core that the device would have given
   * it to, where it counts as received from the device ({@link IpLayer#input}): a device spreads
   * fragments by their addresses alone.
   *
   * @param from where the fragments arrived
   * @param mbuf the frame
   * @param source its source address
   * @param destination its destination address
   * @param sourcePort its source port
   * @param destinationPort its destination port
   * @return true when it was passed on, false when it is this core's
   */
  boolean toArrival(
      NetInterface from,
      long mbuf,
      int source,
      int destination,
      int sourcePort,
      int destinationPort);
}
