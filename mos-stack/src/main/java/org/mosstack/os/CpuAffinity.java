package org.mosstack.os;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Binds threads to CPUs (sched_setaffinity(2)). */
public final class CpuAffinity {
  private static final int CALLING_THREAD = 0;
  private static final int BITS_PER_WORD = Long.SIZE;

  private CpuAffinity() {}

  /**
   * Binds the calling thread, which must be a platform thread, to one CPU.
   *
   * @param cpu the CPU's number, from 0
   * @return false if the system refuses: no such CPU, or one outside the container's set
   */
  public static boolean pinCurrentThread(int cpu) {
    int words = cpu / BITS_PER_WORD + 1;
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment mask = arena.allocate(ValueLayout.JAVA_LONG, words);
      mask.setAtIndex(ValueLayout.JAVA_LONG, words - 1L, 1L << cpu);
      int result = (int) Calls.SCHED_SETAFFINITY.invokeExact(CALLING_THREAD, words * 8L, mask);
      return result == 0;
    } catch (Throwable t) {
      throw new AssertionError("sched_setaffinity downcall", t);
    }
  }

  /** The C function, linked when first used. */
  private static final class Calls {
    static final MethodHandle SCHED_SETAFFINITY = Libc.SCHED_SETAFFINITY.link();
  }
}
