package org.mosstack;

import java.util.List;
import java.util.Set;

/**
 * A package of the stack.
 *
 * @param name its name below {@code org.mosstack}; empty for that itself
 * @param holds what is in it, in a few words
 * @param uses the packages of the stack that it may depend on
 */
record Room(String name, String holds, Set<String> uses) {
  /** All of them, so that each uses only what is listed before it. */
  static final List<Room> ALL =
      List.of(
          new Room("os", "C functions, files, CPUs", Set.of()),
          new Room("time", "the clock", Set.of()),
          new Room("stats", "counters, snapshots", Set.of()),
          new Room("random", "SipHash, keyed numbers", Set.of()),
          new Room("mbuf", "packet buffers, raw memory", Set.of("os")),
          new Room("bpf", "packet filters", Set.of("mbuf", "os")),
          new Room("header", "views of headers, checksums", Set.of("mbuf")),
          new Room("config", "mos.conf", Set.of("header")),
          new Room(
              "device",
              "ports, the wire, decorators",
              Set.of("bpf", "mbuf", "header", "os", "time")),
          new Room(
              "dpdk", "EAL, ethdev, mempool", Set.of("config", "device", "header", "mbuf", "os")),
          new Room(
              "ip", // config for the static ARP entries
              "Ethernet, ARP, IPv4, ICMP, routes",
              Set.of("device", "header", "mbuf", "stats", "config", "random")),
          new Room("socket", "what applications use", Set.of("stats")),
          new Room("tcp.segment", "segments, options, numbers", Set.of("header", "mbuf")),
          new Room("tcp.congestion", "how much, how fast", Set.of("tcp.segment", "socket")),
          new Room("tcp.scoreboard", "what is in flight", Set.of("tcp.congestion", "tcp.segment")),
          new Room(
              "tcp",
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
              "stacks and cores",
              Set.of(
                  "tcp", "socket", "dpdk", "ip", "device", "config", "bpf", "header", "mbuf", "os",
                  "random", "stats", "time")));

  /** The package's full name. */
  String packageName() {
    return name.isEmpty() ? "org.mosstack" : "org.mosstack." + name;
  }
}
