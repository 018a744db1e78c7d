package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.Optional;

/**
 * The CPUs that a thread may run on (sched_getaffinity(2), sched_setaffinity(2)). The thread must
 * be a platform thread.
 */
public final class CpuAffinity {
  private static final int CALLING_THREAD = 0;
  private static final int BITS_PER_WORD = Long.SIZE;

  /**
   * What the kernel is asked for: more CPUs than any Linux has (CONFIG_NR_CPUS is 8192 at most).
   */
  private static final int WORDS = 8192 / BITS_PER_WORD;

  /** A bit for each CPU, as in the kernel's cpu_set_t. */
  private final long[] mask;

  private CpuAffinity(long[] mask) {
    this.mask = mask;
  }

  /** One CPU, by its number from 0. */
  public static CpuAffinity of(int cpu) {
    long[] mask = new long[cpu / BITS_PER_WORD + 1];
    mask[mask.length - 1] = 1L << cpu;
    return new CpuAffinity(mask);
  }

  /** What the calling thread has, or empty if the system doesn't say. */
  public static Optional<CpuAffinity> ofCurrentThread() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(ValueLayout.JAVA_LONG, WORDS);
      int result = (int) Calls.SCHED_GETAFFINITY.invokeExact(CALLING_THREAD, mask.byteSize(), mask);
      return result == 0
          ? Optional.of(new CpuAffinity(mask.toArray(ValueLayout.JAVA_LONG)))
          : Optional.empty();
    } catch (Throwable t) {
      throw new AssertionError("sched_getaffinity downcall", t);
    }
  }

  /**
   * Binds the calling thread to these CPUs.
   *
   * @return false if the system refuses: no such CPU, or all outside the container's set
   */
  public boolean bindCurrentThread() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment bits = arena.allocateFrom(ValueLayout.JAVA_LONG, mask);
      int result = (int) Calls.SCHED_SETAFFINITY.invokeExact(CALLING_THREAD, bits.byteSize(), bits);
      return result == 0;
    } catch (Throwable t) {
      throw new AssertionError("sched_setaffinity downcall", t);
    }
  }

  /** How many CPUs these are. */
  public int cpus() {
    return Arrays.stream(mask).mapToInt(Long::bitCount).sum();
  }

  /** The C functions, linked when first used. */
  private static final class Calls {
    static final MethodHandle SCHED_GETAFFINITY = Libc.SCHED_GETAFFINITY.link();
    static final MethodHandle SCHED_SETAFFINITY = Libc.SCHED_SETAFFINITY.link();
  }
}
