package org.mosstack.dpdk;

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
