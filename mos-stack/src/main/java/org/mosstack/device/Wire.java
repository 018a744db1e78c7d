package org.mosstack.device;

import java.util.random.RandomGenerator;

/**
 * An in-process cable between two stacks: two devices, each of which receives what the other sends.
 *
 * <p>The sender does what the receiver's NIC would: it computes the receive-side scaling hash (TCP
 * and UDP over unfragmented IPv4 by addresses and ports, other IPv4 by addresses, anything else on
 * queue 0) and puts the packet into a ring to that queue. A full ring makes {@link
 * NetDevice#transmit} take fewer packets; only what is sent to a queue that isn't attached, or is
 * detached again, is lost. A receiver whose pool is empty drops packets and counts them in {@link
 * NetDevice#receiveErrors}.
 *
 * <p>Driven by one thread, a wire is deterministic. The ends may be closed in any order.
 */
public final class Wire {
  private final WireEnd[] ends;

  /**
   * Creates a cable with both ends.
   *
   * @param name the devices' name
   * @param queuesA queues of end 0, at least 1
   * @param queuesB queues of end 1, at least 1
   * @param mtu largest IP packet in bytes, 68 to 65535
   * @param random generates MAC addresses and hash keys
   * @throws IllegalArgumentException outside these ranges
   */
  public Wire(String name, int queuesA, int queuesB, int mtu, RandomGenerator random) {
    WireOptions options = WireOptions.plain(name, mtu, true);
    ends =
        new WireEnd[] {
          new WireEnd(name, queuesA, options, random), new WireEnd(name, queuesB, options, random)
        };
    WireEnd.connect(ends[0], ends[1]);
  }

  /**
   * One of the two devices.
   *
   * @param index 0 or 1
   */
  public NetDevice end(int index) {
    return ends[index];
  }
}
