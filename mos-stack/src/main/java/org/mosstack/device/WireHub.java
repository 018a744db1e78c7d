package org.mosstack.device;

import java.util.HashMap;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * Makes in-process devices: {@code wire=NAME[,mtu=BYTES]}, where the two stacks that name the same
 * wire get its two ends, and {@code loopback=[mtu=BYTES]}.
 *
 * <p>An end exists, and can be used, before the other one does; the cable between them, with a ring
 * for each pair of queues, is made when the second comes and both numbers of queues are known. When
 * one end is closed, the next stack that names the wire is plugged in where it was.
 *
 * <p>Any thread may use it.
 */
public final class WireHub implements DeviceFactory {
  /** The driver whose argument is the wire's name. */
  public static final String WIRE = "wire";

  /** The driver of a device that is wired to itself. */
  public static final String LOOPBACK = "loopback";

  private static final int ETHERNET_MTU = 1500;
  private static final String MTU = "mtu=";

  private final RandomGenerator random;
  private final Map<String, WireEnd[]> wires = new HashMap<>();

  /**
   * Makes a hub with no wires.
   *
   * @param random gives MAC addresses and hash keys; used by one thread at a time
   */
  public WireHub(RandomGenerator random) {
    this.random = random;
  }

  @Override
  public synchronized NetDevice create(
      String deviceName, String driverName, String arguments, int queues) {
    String[] parts = arguments.split(",", -1);
    return switch (driverName) {
      case WIRE -> {
        int mtu = parts.length == 1 ? ETHERNET_MTU : mtu(deviceName, driverName, arguments, 1);
        yield wire(deviceName, parts[0], queues, mtu);
      }
      case LOOPBACK -> {
        int mtu = arguments.isEmpty() ? ETHERNET_MTU : mtu(deviceName, driverName, arguments, 0);
        yield new Loopback(deviceName, queues, mtu, random);
      }
      default ->
          throw new IllegalArgumentException(
              deviceName + ": unknown driver " + driverName + ", known: " + WIRE + ", " + LOOPBACK);
    };
  }

  private static int mtu(String deviceName, String driverName, String arguments, int index) {
    String[] parts = arguments.split(",", -1);
    String option = parts[index];
    if (parts.length == index + 1 && option.startsWith(MTU)) {
      try {
        return Integer.parseInt(option.substring(MTU.length()));
      } catch (NumberFormatException _) {
        // told below, with what is allowed
      }
    }
    throw new IllegalArgumentException(
        deviceName
            + ": "
            + driverName
            + "="
            + arguments
            + ", allowed: "
            + (index == 0 ? "loopback=[mtu=BYTES]" : "wire=NAME[,mtu=BYTES]"));
  }

  private NetDevice wire(String deviceName, String wireName, int queues, int mtu) {
    if (wireName.isEmpty()) {
      throw new IllegalArgumentException(deviceName + ": wire without a name, wire=NAME");
    }
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
    WireEnd end = new WireEnd(deviceName, queues, mtu, random);
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
