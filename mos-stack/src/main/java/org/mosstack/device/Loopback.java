package org.mosstack.device;

import java.util.random.RandomGenerator;

/**
 * A device that receives what it sends: a stack's {@code lo}, for 127.0.0.0/8. See {@link Wire}; as
 * on the kernel's, checksums are left out, and super-segments aren't cut.
 */
public final class Loopback extends ForwardingDevice {
  /**
   * Creates a loopback device.
   *
   * @param name its name
   * @param queues at least 1
   * @param mtu largest IP packet in bytes, 68 to 65535
   * @param random generates the MAC address and the hash key
   * @throws IllegalArgumentException outside these ranges
   */
  public Loopback(String name, int queues, int mtu, RandomGenerator random) {
    super(selfConnected(name, queues, WireOptions.plain(name, mtu, false), random));
  }

  private static WireEnd selfConnected(
      String name, int queues, WireOptions options, RandomGenerator random) {
    WireEnd end = new WireEnd(name, queues, options, random);
    WireEnd.connect(end, end);
    return end;
  }
}
