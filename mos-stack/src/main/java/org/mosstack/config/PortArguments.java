package org.mosstack.config;

import java.util.HashSet;
import java.util.Set;

/**
 * Checks those arguments of a driver that are this stack's own, which are removed before DPDK sees
 * the others, and one of DPDK's that this stack uses too. DPDK's driver checks the rest.
 */
final class PortArguments {
  /** The least that every link carries (RFC 791 section 3.2). */
  private static final int MIN_MTU = 68;

  /** The largest packet in a buffer with 16-bit length, less headroom and Ethernet header. */
  private static final int MAX_MTU = 65393;

  private static final int MIN_DESCRIPTORS = 32;
  private static final int MAX_DESCRIPTORS = 32768;

  /** DPDK's limit (RTE_MAX_QUEUES_PER_PORT). */
  private static final int MAX_QUEUES = 1024;

  /** Bytes of a frame in the ring of DPDK's net_af_packet: packet buffers are made as large. */
  private static final String AF_PACKET_FRAME = "framesz";

  private static final int MIN_AF_PACKET_FRAME = 256;

  /** The capacity of a buffer with 16-bit length, less headroom. */
  private static final int MAX_AF_PACKET_FRAME = 65407;

  private PortArguments() {}

  /**
   * Checks them.
   *
   * @param word the whole {@code <driver>=<arguments>}, for messages
   * @throws ConfigException when one has a bad value, or comes twice
   */
  static void check(Value word, Driver driver) {
    Set<String> seen = new HashSet<>();
    for (Driver.Option option : driver.options()) {
      switch (option.key()) {
        case Driver.MTU -> check(word, option, MIN_MTU, MAX_MTU, "bytes", seen);
        case Driver.RX_DESCRIPTORS, Driver.TX_DESCRIPTORS ->
            check(word, option, MIN_DESCRIPTORS, MAX_DESCRIPTORS, "descriptors", seen);
        case Driver.QUEUES -> check(word, option, 1, MAX_QUEUES, "queues", seen);
        case Driver.PEER -> {
          if (driver.name().equals(Driver.TAP)) {
            checkPeer(word, option, driver, seen);
          }
        }
        case AF_PACKET_FRAME -> {
          if (driver.name().equals("net_af_packet")) {
            check(word, option, MIN_AF_PACKET_FRAME, MAX_AF_PACKET_FRAME, "bytes", seen);
          }
        }
        default -> {}
      }
    }
  }

  private static void checkPeer(Value word, Driver.Option option, Driver driver, Set<String> seen) {
    Value given = word.part(option.key() + "=" + option.value());
    String allowed = option.key() + "=<" + Tables.ADDRESS + ">";
    try {
      if (!Tables.isHost(Ip4Prefix.parse(option.value()))) {
        throw given.error(allowed);
      }
    } catch (IllegalArgumentException _) {
      throw given.error(allowed);
    }
    if (driver.find(Driver.IFACE).isEmpty()) {
      throw given.error("iface=<the interface that gets it> beside it");
    }
    once(given, option, seen);
  }

  private static void check(
      Value word, Driver.Option option, int min, int max, String unit, Set<String> seen) {
    Value given = word.part(option.key() + "=" + option.value());
    String value = option.value();
    boolean good = value.matches("[1-9][0-9]{0,4}");
    if (!good || Integer.parseInt(value) < min || Integer.parseInt(value) > max) {
      throw given.error(option.key() + "=<" + unit + ">, " + min + " to " + max);
    }
    once(given, option, seen);
  }

  private static void once(Value given, Driver.Option option, Set<String> seen) {
    if (!seen.add(option.key())) {
      throw given.conflict(option.key() + " is given already");
    }
  }
}
