package org.mosstack.device;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * The arguments of {@code wire=}.
 *
 * @param name the wire's name
 * @param mtu largest IP packet in bytes
 * @param queues most queues of an end
 * @param rss whether the end reports how it spreads flows over its queues
 * @param checksums whether TCP and IPv4 checksums are computed, or left out as on the kernel's
 *     loopback
 */
record WireOptions(String name, int mtu, int queues, boolean rss, boolean checksums) {
  private static final String SYNTAX = "wire=NAME[,mtu=BYTES][,queues=N][,rss=0|1][,checksum=0|1]";
  private static final Set<String> KEYS = Set.of("mtu", "queues", "rss", "checksum");

  /** An ordinary cable: it reports how it spreads flows. */
  static WireOptions plain(String name, int mtu, boolean checksums) {
    return new WireOptions(name, mtu, Integer.MAX_VALUE, true, checksums);
  }

  /**
   * Parses a wire's arguments.
   *
   * @throws IllegalArgumentException if they are invalid, in a line that names the device
   */
  static WireOptions parse(String device, String arguments) {
    int comma = arguments.indexOf(',');
    String name = comma < 0 ? arguments : arguments.substring(0, comma);
    if (name.isEmpty()) {
      throw new IllegalArgumentException(device + ": wire without a name, " + SYNTAX);
    }
    Map<String, Integer> values = comma < 0 ? Map.of() : values(arguments.substring(comma + 1));
    WireOptions options = values == null ? null : of(name, values);
    if (options == null) {
      throw new IllegalArgumentException(device + ": wire=" + arguments + ", allowed: " + SYNTAX);
    }
    return options;
  }

  /** The options by their values, or by default; null if a value is out of range. */
  private static WireOptions of(String name, Map<String, Integer> values) {
    int queues = values.getOrDefault("queues", Integer.MAX_VALUE);
    int rss = values.getOrDefault("rss", 1);
    int checksum = values.getOrDefault("checksum", 0);
    if (queues < 1 || rss >>> 1 != 0 || checksum >>> 1 != 0) {
      return null;
    }
    int mtu = values.getOrDefault("mtu", NetDevice.ETHERNET_MTU);
    return new WireOptions(name, mtu, queues, rss == 1, checksum == 1);
  }

  /** Numbers by key; null if a part isn't an allowed key with a number, or a key occurs twice. */
  private static Map<String, Integer> values(String text) {
    Map<String, Integer> values = new HashMap<>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      try {
        int value = Integer.parseInt(part.substring(equals + 1));
        if (!KEYS.contains(key) || values.put(key, value) != null) {
          return null;
        }
      } catch (NumberFormatException _) {
        return null;
      }
    }
    return values;
  }
}
