package org.mosstack.lettuce;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What tests need of the machine: without it they are skipped, with the command that helps. */
final class Needs {
  private Needs() {}

  /** A server in the kernel. */
  static void redis() {
    boolean isThere =
        Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "redis-server")));
    assumeTrue(isThere, "redis-server is missing: apt-get install redis-server");
  }

  /** A TAP port of the stack. */
  static void tap() {
    assumeTrue("root".equals(System.getProperty("user.name")), "needs root: sudo bin/test");
    assumeTrue(
        IntStream.rangeClosed(23, 26).anyMatch(Needs::hasDpdk), "DPDK is missing: bin/setup");
    assumeTrue(Files.exists(Path.of("/dev/net/tun")), "/dev/net/tun is missing: modprobe tun");
  }

  @SuppressWarnings("restricted") // only looks whether the library can be opened
  private static boolean hasDpdk(int abi) {
    try {
      SymbolLookup.libraryLookup("librte_eal.so." + abi, Arena.global());
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
