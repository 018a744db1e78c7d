package org.mosstack.device;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The driver of in-process cables: {@code
 * wire=NAME[,mtu=BYTES][,queues=N][,rss=0|1][,checksum=0|1]}, where the two stacks that name the
 * same wire get its two ends. {@code queues} limits an end's queues, and with {@code rss=0} it
 * doesn't report how it spreads flows over them, like some NICs. IPv4 and TCP checksums are left
 * out, and super-segments aren't cut, as on the kernel's loopback: both ends are in the same
 * memory. With {@code checksum=1}, they are as on a cable. Both ends of a wire must name the same
 * MTU and the same checksums.
 *
 * <p>An end exists, and can be used, before the other one does; the cable between them, with a ring
 * for each pair of queues, is created when the second arrives and both numbers of queues are known.
 * When one end is closed, the next stack that names the wire is plugged in in its place.
 *
 * <p>Any thread may use it.
 */
public final class WireHub implements DeviceFactory {
  /** The driver's name in {@code mos.conf}. */
  public static final String WIRE = "wire";

  private final RandomGenerator random;
  private final Map<String, WireEnd[]> wires = new HashMap<>();

  /**
   * Creates a hub with no wires.
   *
   * @param random generates MAC addresses and hash keys; used by one thread at a time
   */
  public WireHub(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public synchronized NetDevice create(String deviceName, String arguments, int wantedQueues) {
    WireOptions options = WireOptions.parse(deviceName, arguments);
    String wireName = options.name();
    int mtu = options.mtu();
    wires.values().removeIf(ends -> isFree(ends[0]) && isFree(ends[1]));
    WireEnd[] ends = wires.computeIfAbsent(wireName, _ -> new WireEnd[2]);
    int free = isFree(ends[0]) ? 0 : 1;
    if (!isFree(ends[free])) {
      throw new IllegalArgumentException(
          deviceName + ": both ends of wire " + wireName + " are in use");
    }
    WireEnd peer = ends[1 - free];
    if (!isFree(peer) && peer.mtu() != mtu) {
      throw new IllegalArgumentException(
          deviceName + ": mtu " + mtu + ", but " + peer.mtu() + " at the other end of " + wireName);
    }
    if (!isFree(peer) && peer.checksums() != options.checksums()) {
      throw new IllegalArgumentException(
          deviceName + ": checksum differs from that of the other end of " + wireName);
    }
    int queues = Math.min(wantedQueues, options.queues());
    WireEnd end = new WireEnd(deviceName, queues, options, random);
    ends[free] = end;
    if (!isFree(peer)) {
      WireEnd.connect(peer, end);
    }
    return end;
  }

  private static boolean isFree(WireEnd end) {
    return end == null || end.isClosed();
  }
}
