package org.mosstack.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mosstack.config.ConfigException;

/** The CPUs that this process may use. */
final class CpuSet {
  private static final String ALLOWED = "Cpus_allowed_list:";

  private CpuSet() {}

  /** The wanted CPU if the process may use it; else the first one that it may. */
  static int allowed(int wanted) {
    int first = -1;
    for (String range : list().split(",")) {
      String[] ends = range.strip().split("-");
      int low = Integer.parseInt(ends[0]);
      int high = Integer.parseInt(ends[ends.length - 1]);
      if (wanted >= low && wanted <= high) {
        return wanted;
      }
      first = first < 0 ? low : first;
    }
    return first;
  }

  private static String list() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith(ALLOWED))
          .map(line -> line.substring(ALLOWED.length()))
          .findFirst()
          .orElseThrow(() -> new ConfigException("/proc/self/status lists no CPUs"));
    } catch (IOException e) {
      throw new ConfigException("/proc/self/status: " + e.getMessage(), e);
    }
  }
}
