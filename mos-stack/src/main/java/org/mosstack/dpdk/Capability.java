package org.mosstack.dpdk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The process's Linux capabilities (capabilities(7)). */
final class Capability {
  private static final String EFFECTIVE = "CapEff:";

  private Capability() {}

  /** Whether the process may use a capability; true if unknown. */
  static boolean isEffective(int capability) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith(EFFECTIVE)) {
          long mask = Long.parseUnsignedLong(line.substring(EFFECTIVE.length()).strip(), 16);
          return (mask >>> capability & 1) != 0;
        }
      }
    } catch (IOException _) {
      return true; // DPDK will tell
    }
    return true;
  }
}
