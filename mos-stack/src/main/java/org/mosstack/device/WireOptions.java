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
 * @param checksums whether TCP and IPv4 checksums are computed, or left out as on the kernel's
 *     loopback
 */
record WireOptions(String name, int mtu, int queues, boolean rss, boolean checksums) {
  private static final int ETHERNET_MTU = 1500;
  private static final String WIRE_SYNTAX =
      "wire=NAME[,mtu=BYTES][,queues=N][,rss=0|1][,checksum=0|1]";
  private static final String LOOPBACK_SYNTAX = "loopback=[mtu=BYTES][,checksum=0|1]";

  /** A cable like any other: it tells how it spreads flows, and checksums are computed. */
  static WireOptions plain(String name, int mtu) {
    return new WireOptions(name, mtu, Integer.MAX_VALUE, true, true);
  }

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
    WireOptions options =
        of(
            name,
            comma < 0 ? null : arguments.substring(comma + 1),
            Set.of("mtu", "queues", "rss", "checksum"));
    if (options == null) {
      throw new IllegalArgumentException(
          device + ": wire=" + arguments + ", allowed: " + WIRE_SYNTAX);
    }
    return options;
  }

  /**
   * Reads the loopback's arguments.
   *
   * @throws IllegalArgumentException in a line that names the device, when they are others
   */
  static WireOptions ofLoopback(String device, String arguments) {
    WireOptions options = of("", arguments.isEmpty() ? null : arguments, Set.of("mtu", "checksum"));
    if (options == null) {
      throw new IllegalArgumentException(
          device + ": loopback=" + arguments + ", allowed: " + LOOPBACK_SYNTAX);
    }
    return options;
  }

  /** The options by text or, with none, by default; null when it isn't a list of allowed keys. */
  private static WireOptions of(String name, String text, Set<String> allowed) {
    Map<String, Integer> values = text == null ? Map.of() : values(text, allowed);
    if (values == null) {
      return null;
    }
    int queues = values.getOrDefault("queues", Integer.MAX_VALUE);
    int rss = values.getOrDefault("rss", 1);
    int checksum = values.getOrDefault("checksum", 1);
    if (queues < 1 || rss >>> 1 != 0 || checksum >>> 1 != 0) {
      return null;
    }
    int mtu = values.getOrDefault("mtu", ETHERNET_MTU);
    return new WireOptions(name, mtu, queues, rss == 1, checksum == 1);
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
