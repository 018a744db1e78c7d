package org.mosstack.bench.scenario;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * A program that a scenario starts and that may be missing.
 *
 * @param command its name
 * @param packages those of Debian that bring it
 */
public record Need(String command, String packages) {
  static final Need TESTPMD = new Need("dpdk-testpmd", "dpdk dpdk-dev");
  static final Need NGINX = new Need("nginx", "nginx-light");
  static final Need WRK = new Need("wrk", "wrk");
  static final Need NFT = new Need("nft", "nftables");
  static final Need ETHTOOL = new Need("ethtool", "ethtool");

  /**
   * Returns whether the program is there.
   *
   * @param searchPath folders, as in the variable PATH
   */
  public boolean isMet(String searchPath) {
    return Arrays.stream(searchPath.split(File.pathSeparator))
        .map(folder -> Path.of(folder, command))
        .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
  }

  /** Returns what to say if it isn't. */
  public String whatToDo() {
    return command + " is missing: apt-get install " + packages;
  }
}
