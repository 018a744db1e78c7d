package org.mosstack.dpdk;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The huge pages that the kernel has reserved and nobody uses. */
final class HugePages {
  private static final Path SIZES = Path.of("/sys/kernel/mm/hugepages");

  private HugePages() {}

  /** Bytes in free huge pages of all sizes; 0 if none or unknown. */
  static long freeBytes() {
    long bytes = 0;
    try (DirectoryStream<Path> sizes = Files.newDirectoryStream(SIZES, "hugepages-*kB")) {
      for (Path size : sizes) {
        String name = size.getFileName().toString();
        long kibibytes = Long.parseLong(name.substring("hugepages-".length(), name.length() - 2));
        String free = Files.readString(size.resolve("free_hugepages")).strip();
        bytes += Long.parseLong(free) * kibibytes << 10;
      }
    } catch (IOException | NumberFormatException _) {
      return 0;
    }
    return bytes;
  }
}
