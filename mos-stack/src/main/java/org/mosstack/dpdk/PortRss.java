package org.mosstack.dpdk;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;
import org.mosstack.device.Rss;

/**
 * What comes of asking a port for receive-side scaling, some of which the drivers of clouds' NICs
 * refuse (ENA answers -95 on several instance types).
 *
 * @param rss how the port spreads flows; empty when it doesn't tell
 * @param problem why it is empty, else null
 */
record PortRss(Optional<Rss> rss, String problem) {
  /** The longest key: its length is 8 bits wide. */
  static final int MAX_KEY_BYTES = 255;

  /** A port's answer: 0 and a value, or a negative errno. */
  record Answer<T>(int result, T value) {}

  /** How far a port went along when it was configured. */
  enum Accepted {
    /** With the key it was given. */
    OUR_KEY,
    /** With a key of its own. */
    ITS_KEY,
    /** Several queues, and no word of spreading flows over them. */
    QUEUES_ONLY,
    NOTHING
  }

  /** Configures a port. */
  @FunctionalInterface
  interface Configuration {
    /**
     * Tries.
     *
     * @param key the key, or null to leave it to the port
     * @param spreads whether it is to spread flows
     * @return 0 or a negative errno
     */
    int apply(byte[] key, boolean spreads);
  }

  /** Asks a port for its hash key. */
  @FunctionalInterface
  interface KeyQuery {
    /**
     * Asks (rte_eth_dev_rss_hash_conf_get).
     *
     * @param key where it goes, {@link #MAX_KEY_BYTES} of zeros
     * @param length how many bytes of it are asked for; changed by most drivers to how many it has
     * @return 0 or a negative errno
     */
    int get(byte[] key, int[] length);
  }

  /**
   * Reads a port's hash key; of no bytes when its driver has left it out. No more are asked for
   * than it has: some drivers (igc) give no answer else, and others (ixgbe and igb up to DPDK
   * 25.11) fill in the key, but not its length.
   *
   * @param keyBytes the key's length as the port wants it, at most {@link #MAX_KEY_BYTES}
   */
  static Answer<byte[]> key(KeyQuery query, int keyBytes) {
    byte[] key = new byte[MAX_KEY_BYTES];
    int[] length = {keyBytes};
    int result = query.get(key, length);
    boolean isLeftOut = Arrays.equals(key, new byte[MAX_KEY_BYTES]);
    return new Answer<>(result, Arrays.copyOf(key, isLeftOut ? 0 : length[0]));
  }

  /** Asks for all at first, and for less each time the port refuses. */
  static Accepted configure(Configuration configuration, byte[] key) {
    if (key != null && configuration.apply(key, true) == 0) {
      return Accepted.OUR_KEY;
    }
    if (key != null && configuration.apply(null, true) == 0) {
      return Accepted.ITS_KEY;
    }
    return configuration.apply(null, false) == 0 ? Accepted.QUEUES_ONLY : Accepted.NOTHING;
  }

  /**
   * Reads what a started port says.
   *
   * @param strerror says what an errno means
   * @param key its hash key
   * @param table from hash to queue
   * @param queues that it was configured with
   */
  static PortRss of(
      IntFunction<String> strerror, Answer<byte[]> key, Answer<int[]> table, int queues) {
    if (key.result() != 0) {
      return unknown("the port doesn't tell its hash key: " + strerror.apply(key.result()));
    }
    if (table.result() != 0) {
      return unknown(
          "the port doesn't tell its redirection table: " + strerror.apply(table.result()));
    }
    for (int queue : table.value()) {
      if (queue >= queues) {
        return unknown("the port's redirection table names queue " + queue + " of " + queues);
      }
    }
    try {
      return new PortRss(Optional.of(new Rss(key.value(), table.value())), null);
    } catch (IllegalArgumentException e) {
      return unknown("the port has a " + e.getMessage());
    }
  }

  private static PortRss unknown(String problem) {
    return new PortRss(Optional.empty(), problem);
  }
}
