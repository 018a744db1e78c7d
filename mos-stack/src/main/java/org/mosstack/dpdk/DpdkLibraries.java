package org.mosstack.dpdk;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.config.ConfigException;

/**
 * DPDK's shared libraries, opened, and their ABI. For control functions, which are called a few
 * times in a port's life; {@link BurstCall} has those of the packet path.
 */
@SuppressWarnings("restricted") // Linking DPDK is what this package is for.
final class DpdkLibraries {
  private static final List<String> NAMES =
      List.of("librte_mempool", "librte_mbuf", "librte_ethdev");

  /** ABIs of releases that may be found instead of a supported one: from 19.11 on. */
  private static final int OLDEST_KNOWN_ABI = 20;

  private static final int NEWEST_KNOWN_ABI = 40;
  private static final int MAX_STRING_BYTES = 4096;

  private final List<SymbolLookup> lookups;
  private final DpdkAbi abi;

  private DpdkLibraries(DpdkAbi abi, List<SymbolLookup> lookups) {
    this.abi = abi;
    this.lookups = lookups;
  }

  /**
   * Opens the newest supported release that the system's linker finds.
   *
   * @throws ConfigException if there is none, with what to do
   */
  static DpdkLibraries open() {
    for (int version = DpdkAbi.MAX_VERSION; version >= DpdkAbi.MIN_VERSION; version--) {
      SymbolLookup eal = find("librte_eal", version);
      if (eal != null) {
        return open(version, eal);
      }
    }
    throw new ConfigException(
        unsupported() + "; bin/setup installs DPDK (on Debian: apt-get install dpdk)");
  }

  private static DpdkLibraries open(int version, SymbolLookup eal) {
    List<SymbolLookup> lookups = new ArrayList<>(List.of(eal));
    for (String name : NAMES) {
      SymbolLookup library = find(name, version);
      if (library == null) {
        throw new ConfigException(
            "DPDK is incomplete: "
                + name
                + ".so."
                + version
                + " is missing; bin/setup installs it");
      }
      lookups.add(library);
    }
    return new DpdkLibraries(DpdkAbi.of(version), lookups);
  }

  /** What is installed instead of a supported release. */
  private static String unsupported() {
    for (int version = NEWEST_KNOWN_ABI; version >= OLDEST_KNOWN_ABI; version--) {
      if (find("librte_eal", version) != null) {
        try {
          DpdkAbi.of(version);
        } catch (IllegalArgumentException e) {
          return e.getMessage();
        }
      }
    }
    return "DPDK isn't installed, or not where the linker looks (LD_LIBRARY_PATH)";
  }

  private static SymbolLookup find(String name, int version) {
    try {
      return SymbolLookup.libraryLookup(name + ".so." + version, Arena.global());
    } catch (IllegalArgumentException _) {
      return null;
    }
  }

  /** The layouts of the opened libraries' ABI. */
  DpdkAbi abi() {
    return abi;
  }

  /** Address of an exported symbol; for a thread-local one, the calling thread's. */
  MemorySegment symbol(String name) {
    for (SymbolLookup lookup : lookups) {
      var found = lookup.find(name);
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw new ConfigException("DPDK exports no " + name + ": its libraries are not of one release");
  }

  /** A control function. */
  ControlCall function(Rte function) {
    String name = function.symbol();
    return new ControlCall(name, function.signature().link(symbol(name)));
  }

  /** The C string at an address; empty for a null pointer. */
  static String string(long address) {
    return address == 0
        ? ""
        : MemorySegment.ofAddress(address).reinterpret(MAX_STRING_BYTES).getString(0);
  }
}
