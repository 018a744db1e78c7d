package org.mosstack.netty;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.stream.IntStream;

/** Whether this machine has DPDK. */
public final class DpdkInstallation {
  public static final String MISSING = "DPDK isn't installed: bin/setup (apt-get install dpdk)";

  private DpdkInstallation() {}

  public static boolean isThere() {
    return IntStream.rangeClosed(23, 26).anyMatch(DpdkInstallation::isThere);
  }

  @SuppressWarnings("restricted") // Only checks whether the library can be opened.
  private static boolean isThere(int abi) {
    try {
      SymbolLookup.libraryLookup("librte_eal.so." + abi, Arena.global());
      return true;
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
