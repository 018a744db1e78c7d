package org.mosstack.device;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The arguments of {@code wire=} or {@code loopback=}.
 *
 * @param name the wire's name; empty for the loopback
 * @param mtu largest IP packet in bytes
 * @param queues most queues of an end
 * @param rss whether the end reports how it spreads flows over its queues
 * @param checksums whether TCP and IPv4 checksums are computed, or left out as on the kernel's
 *     loopback
 */
record WireOptions(String name, int mtu, int queues, boolean rss, boolean checksums) {
  private static final int ETHERNET_MTU = 1500;
  private static final String WIRE_SYNTAX =
      "wire=NAME[,mtu=BYTES][,queues=N][,rss=0|1][,checksum=0|1]";
  private static final String LOOPBACK_SYNTAX = "loopback=[mtu=BYTES][,checksum=0|1]";

  /** An ordinary cable: it reports how it spreads flows, and checksums are computed. */
  static WireOptions plain(String name, int mtu) {
    return new WireOptions(name, mtu, Integer.MAX_VALUE, true, true);
  }

  /**
   * Parses a wire's arguments.
   *
   * @throws IllegalArgumentException if they are invalid, in a line that names the device
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
   * Parses the loopback's arguments.
   *
   * @throws IllegalArgumentException if they are invalid, in a line that names the device
   */
  static WireOptions ofLoopback(String device, String arguments) {
    WireOptions options = of("", arguments.isEmpty() ? null : arguments, Set.of("mtu", "checksum"));
    if (options == null) {
      throw new IllegalArgumentException(
          device + ": loopback=" + arguments + ", allowed: " + LOOPBACK_SYNTAX);
    }
    return options;
  }

  /** The options by text or, without text, by default; null if it isn't a list of allowed keys. */
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

  /** Numbers by key; null if a part isn't an allowed key with a number, or a key occurs twice. */
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
