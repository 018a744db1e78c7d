package org.mosstack;

import java.util.List;
import java.util.Set;

/**
 * A package of the stack.
 *
 * @param name its name below {@code org.mosstack}; empty for that itself
 * @param column where it stands in the picture, in columns from the left
 * @param holds what is in it, in a few words
 * @param uses the packages of the stack that it may depend on
 */
record Room(String name, double column, String holds, Set<String> uses) {
  /** All of them, so that each uses only what is listed before it. */
  static final List<Room> ALL =
      List.of(
          new Room("os", 0, "C functions, files, CPUs", Set.of()),
          new Room("time", 1, "the clock", Set.of()),
          new Room("stats", 2, "counters, snapshots", Set.of()),
          new Room("random", 3, "SipHash, keyed numbers", Set.of()),
          new Room("mbuf", 1.3, "packet buffers, raw memory", Set.of("os")),
          new Room("ring", 2.8, "packets between threads", Set.of("mbuf")),
          new Room("bpf", 0.8, "packet filters", Set.of("mbuf", "os")),
          new Room("header", 1.8, "views of headers, checksums", Set.of("mbuf")),
          new Room("socket", 4, "what applications use", Set.of("stats")),
          new Room("config", 2, "mos.conf", Set.of("header", "socket")),
          new Room(
              "device",
              1,
              "ports, the wire, decorators",
              Set.of("bpf", "mbuf", "header", "os", "ring", "time")),
          new Room(
              "device.steering",
              0,
              "receive-side scaling in software",
              Set.of("device", "header", "mbuf", "ring")),
          new Room(
              "dpdk",
              0,
              "EAL, ethdev, mempool",
              Set.of("config", "device", "device.steering", "header", "mbuf", "os")),
          new Room(
              "ip",
              2, // config for the static ARP entries
              "Ethernet, ARP, IPv4, ICMP, routes",
              Set.of("device", "header", "mbuf", "stats", "config", "random")),
          new Room(
              "report",
              1,
              "console, logs, stats_json",
              Set.of("config", "device", "os", "stats", "time")),
          new Room("tcp.segment", 3, "segments, options, numbers", Set.of("header", "mbuf")),
          new Room("tcp.congestion", 3.3, "how much, how fast", Set.of("tcp.segment", "socket")),
          new Room(
              "tcp.scoreboard", 3.3, "what is in flight", Set.of("tcp.congestion", "tcp.segment")),
          new Room(
              "tcp",
              2.3,
              "connections, input, output, timers",
              Set.of(
                  "tcp.scoreboard",
                  "tcp.congestion",
                  "tcp.segment",
                  "socket",
                  "ip",
                  "device",
                  "header",
                  "mbuf",
                  "os",
                  "stats",
                  "config",
                  "random")),
          new Room(
              "",
              1.5,
              "stacks and cores",
              Set.of(
                  "tcp",
                  "socket",
                  "report",
                  "dpdk",
                  "ip",
                  "device.steering",
                  "device",
                  "ring",
                  "config",
                  "bpf",
                  "header",
                  "mbuf",
                  "os",
                  "random",
                  "stats",
                  "time")));

  /** The package's full name. */
  String packageName() {
    return name.isEmpty() ? "org.mosstack" : "org.mosstack." + name;
  }
}
