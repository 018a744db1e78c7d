package org.mosstack.dpdk;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the EAL is started with; see DPDK's "EAL parameters".
 *
 * @param cpu the CPU of the main lcore, the first of the stack's if the process has it
 * @param memoryChannels memory channels per socket ({@code -n})
 * @param hugePages whether memory is in huge pages; else in ordinary ones, at most {@code
 *     memoryBytes}
 * @param memoryBytes bytes that the pools and rings of this stack need
 * @param pci PCI devices to probe; none if empty
 * @param allPci whether to probe whatever is bound to a DPDK driver, instead of {@code pci}
 * @param log file for the EAL's own log; none if empty
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
   * Memory added to that requested, for other stacks of this process, since the size can't grow
   * later. Untouched pages cost nothing.
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
