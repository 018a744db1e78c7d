package org.mosstack.dpdk;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.IntFunction;
import org.mosstack.device.Rss;

/**
 * The result of asking a port for receive-side scaling, parts of which the drivers of cloud NICs
 * refuse (ENA returns -95 on several instance types).
 *
 * @param rss how the port spreads flows; empty if it doesn't report it
 * @param problem why {@code rss} is empty, else null
 */
record PortRss(Optional<Rss> rss, String problem) {
  /** The longest key: its length is 8 bits wide. */
  static final int MAX_KEY_BYTES = 255;

  /** A port's answer: 0 and a value, or a negative errno. */
  record Answer<T>(int result, T value) {}

  /** What a port accepted when it was configured. */
  enum Accepted {
    /** With the key it was given. */
    OUR_KEY,
    /** With a key of its own. */
    ITS_KEY,
    /** Several queues, without spreading flows over them on request. */
    QUEUES_ONLY,
    NOTHING
  }

  /** Configures a port. */
  @FunctionalInterface
  interface Configuration {
    /**
     * Tries a configuration.
     *
     * @param key the key, or null to leave it to the port
     * @param spreads whether it is to spread flows
     * @return 0 or a negative errno
     */
    int apply(byte[] key, boolean spreads);
  }

  /** Queries a port's hash key. */
  @FunctionalInterface
  interface KeyQuery {
    /**
     * Queries the key (rte_eth_dev_rss_hash_conf_get).
     *
     * @param key receives the key, {@link #MAX_KEY_BYTES} of zeros
     * @param length the number of bytes requested; most drivers change it to the number that the
     *     key has
     * @return 0 or a negative errno
     */
    int get(byte[] key, int[] length);
  }

  /**
   * Reads a port's hash key; empty if its driver has left it out. No more bytes are requested than
   * it has: otherwise some drivers (igc) fail, and others (ixgbe and igb up to DPDK 25.11) fill in
   * the key, but not its length.
   *
   * @param keyBytes the key length that the port requires, at most {@link #MAX_KEY_BYTES}
   */
  static Answer<byte[]> key(KeyQuery query, int keyBytes) {
    byte[] key = new byte[MAX_KEY_BYTES];
    int[] length = {keyBytes};
    int result = query.get(key, length);
    boolean isLeftOut = Arrays.equals(key, new byte[MAX_KEY_BYTES]);
    return new Answer<>(result, Arrays.copyOf(key, isLeftOut ? 0 : length[0]));
  }

  /** Requests everything first, and less each time the port refuses. */
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
   * Evaluates what a started port reports.
   *
   * @param strerror describes an errno
   * @param key its hash key
   * @param table from hash to queue
   * @param the number of queues that it was configured with
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
