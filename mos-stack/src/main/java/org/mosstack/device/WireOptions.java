package org.mosstack.device;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * What stands behind {@code wire=} or {@code loopback=}.
 *
 * @param name the wire's; empty for the loopback
 * @param mtu largest IP packet in bytes
 * @param queues how many at most
 * @param rss whether the end tells how it spreads flows over its queues
 */
record WireOptions(String name, int mtu, int queues, boolean rss) {
  private static final int ETHERNET_MTU = 1500;
  private static final String WIRE_SYNTAX = "wire=NAME[,mtu=BYTES][,queues=N][,rss=0|1]";
  private static final String LOOPBACK_SYNTAX = "loopback=[mtu=BYTES]";

  /**
   * Reads a wire's arguments.
   *
   * @throws IllegalArgumentException in a line that names the device, when they are others
   */
  static WireOptions ofWire(String device, String arguments) {
    int comma = arguments.indexOf(',');
    String name = comma < 0 ? arguments : arguments.substring(0, comma);
    if (name.isEmpty()) {
      throw new IllegalArgumentException(device + ": wire without a name, " + WIRE_SYNTAX);
    }
    Map<String, Integer> values =
        comma < 0
            ? Map.of()
            : values(arguments.substring(comma + 1), Set.of("mtu", "queues", "rss"));
    int queues = values == null ? 0 : values.getOrDefault("queues", Integer.MAX_VALUE);
    int rss = values == null ? 0 : values.getOrDefault("rss", 1);
    if (queues < 1 || rss < 0 || rss > 1) {
      throw new IllegalArgumentException(
          device + ": wire=" + arguments + ", allowed: " + WIRE_SYNTAX);
    }
    return new WireOptions(name, values.getOrDefault("mtu", ETHERNET_MTU), queues, rss == 1);
  }

  /**
   * Reads the loopback's arguments.
   *
   * @throws IllegalArgumentException in a line that names the device, when they are others
   */
  static WireOptions ofLoopback(String device, String arguments) {
    Map<String, Integer> values = arguments.isEmpty() ? Map.of() : values(arguments, Set.of("mtu"));
    if (values == null) {
      throw new IllegalArgumentException(
          device + ": loopback=" + arguments + ", allowed: " + LOOPBACK_SYNTAX);
    }
    int mtu = values.getOrDefault("mtu", ETHERNET_MTU);
    return new WireOptions("", mtu, Integer.MAX_VALUE, true);
  }

  /** Numbers by key; null when a part is no allowed key with a number, or a key comes twice. */
  private static Map<String, Integer> values(String text, Set<String> allowed) {
    Map<String, Integer> values = new HashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      try {
        int value = Integer.parseInt(part.substring(equals + 1));
        if (!allowed.contains(key) || values.put(key, value) != null) {
          return null;
        }
      } catch (NumberFormatException _) {
        return null;
      }
    }
    return values;
  }
}
