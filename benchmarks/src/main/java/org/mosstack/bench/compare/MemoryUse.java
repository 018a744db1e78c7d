package org.mosstack.bench.compare;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Memory in use, by place.
 *
 * @param heap bytes after a collection
 * @param offHeap resident bytes of the process other than its heap, which must be fully touched
 *     from the start ({@code AlwaysPreTouch}) for differences to be meaningful
 * @param kernel bytes of the kernel's objects (slabs) on the whole machine
 */
record MemoryUse(long heap, long offHeap, long kernel) {
  private static final Pattern KIB = Pattern.compile("(\\w+):\\s+(\\d+) kB");

  static MemoryUse now() throws IOException {
    System.gc();
    System.gc(); // for what the first one has made collectable, such as by references
    var heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    return new MemoryUse(
        heap.getUsed(),
        bytes("/proc/self/status", "VmRSS") - heap.getCommitted(),
        bytes("/proc/meminfo", "Slab"));
  }

  private static long bytes(String file, String field) throws IOException {
    Matcher matcher = KIB.matcher(Files.readString(Path.of(file)));
    while (matcher.find()) {
      if (matcher.group(1).equals(field)) {
        return Long.parseLong(matcher.group(2)) << 10;
      }
    }
    throw new IOException(file + " has no " + field);
  }
}
