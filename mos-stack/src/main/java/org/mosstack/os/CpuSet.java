package org.mosstack.os;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;

/** A set of CPUs, by the machine's numbers. Immutable. */
public final class CpuSet {
  private static final Path ONLINE = Path.of("/sys/devices/system/cpu/online");
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String ALLOWED = "Cpus_allowed_list:";

  private final BitSet cpus;

  private CpuSet(BitSet cpus) {
    this.cpus = cpus;
  }

  /**
   * The machine's CPUs, whatever container the process is in.
   *
   * @return those that are online; those of {@link #allowed} if the kernel doesn't tell
   */
  public static CpuSet online() {
    try {
      return parse(Files.readString(ONLINE));
    } catch (IOException _) { // no /sys
      return allowed();
    }
  }

  /**
   * The CPUs that the process may use, by its cpuset and affinity. A limit of CPU time (cgroup's
   * {@code cpu.max}) isn't among them.
   *
   * @return as many as the JVM counts, from number 0, if the kernel doesn't tell
   */
  public static CpuSet allowed() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(ALLOWED)) {
          return parse(line.substring(ALLOWED.length()));
        }
      }
    } catch (IOException _) { // no /proc
    }
    BitSet counted = new BitSet();
    counted.set(0, Runtime.getRuntime().availableProcessors());
    return new CpuSet(counted);
  }

  /**
   * Reads a set as the kernel writes it.
   *
   * @param list numbers and ranges, such as {@code 0-3,8}
   * @return the set
   * @throws IllegalArgumentException if it isn't such a list
   */
  public static CpuSet parse(String list) {
    BitSet cpus = new BitSet();
    for (String range : list.strip().split(",")) {
      String[] ends = range.split("-", 2);
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[ends.length - 1]);
      if (last < first) {
        throw new IllegalArgumentException("CPUs " + range);
      }
      cpus.set(first, last + 1);
    }
    return new CpuSet(cpus);
  }

  /**
   * How many CPUs there are if all from 0 to the highest number count.
   *
   * @return at least 1
   */
  public int length() {
    return cpus.length();
  }

  /** The lowest number. */
  public int first() {
    return cpus.nextSetBit(0);
  }

  /** Whether a CPU is in the set. */
  public boolean contains(int cpu) {
    return cpus.get(cpu);
  }

  /** As the kernel writes it, such as {@code 0-3,8}. */
  @Override
  public String toString() {
    StringBuilder list = new StringBuilder();
    for (int first = cpus.nextSetBit(0); first >= 0; ) {
      int last = cpus.nextClearBit(first) - 1;
      list.append(list.isEmpty() ? "" : ",").append(first);
      list.append(last == first ? "" : "-" + last);
      first = cpus.nextSetBit(last + 1);
    }
    return list.toString();
  }
}
