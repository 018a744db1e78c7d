package org.mosstack.dpdk;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the EAL is started with; see DPDK's "EAL parameters".
 *
 * @param cpu the CPU of the main lcore, the first of the stack's
 * @param memoryChannels memory channels per socket ({@code -n})
 * @param hugePages memory in huge pages; else in ordinary ones, of {@code memoryBytes} at most
 * @param memoryBytes what the pools and rings of this stack need
 * @param pci PCI devices to probe: none when empty
 * @param allPci probe whatever is bound to a driver of DPDK's, in place of {@code pci}
 * @param log file that the EAL's own log goes to; none when empty
 */
record EalOptions(
    int cpu,
    int memoryChannels,
    boolean hugePages,
    long memoryBytes,
    List<String> pci,
    boolean allPci,
    Optional<Path> log) {
  private static final int MEBIBYTE = 1 << 20;

  /**
   * Added to what is asked for, as the size can't grow later: for other stacks of this process.
   * Pages that nobody touches cost nothing.
   */
  private static final int SPARE_MEBIBYTES = 2048;

  /** The argument vector of rte_eal_init, the program's name first. */
  List<String> arguments() {
    List<String> arguments = new ArrayList<>(List.of("mos", "--lcores=0@" + cpu));
    arguments.addAll(List.of("-n", Integer.toString(memoryChannels), "--no-telemetry"));
    if (hugePages) {
      arguments.add("--in-memory"); // no files: nothing is left behind, and no name can clash
    } else {
      long mebibytes = memoryBytes / MEBIBYTE + 1 + SPARE_MEBIBYTES;
      arguments.addAll(List.of("--no-huge", "--no-shconf", "-m", Long.toString(mebibytes)));
    }
    if (pci.isEmpty() && !allPci) {
      arguments.add("--no-pci");
    } else if (!allPci) {
      pci.forEach(address -> arguments.addAll(List.of("-a", address)));
    }
    return arguments;
  }
}
