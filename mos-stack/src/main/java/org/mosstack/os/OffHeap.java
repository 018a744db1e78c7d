package org.mosstack.os;

import java.lang.invoke.MethodHandle;

/**
 * A zeroed region of anonymous memory outside the heap. Pages are allocated when first touched
 * (mmap(2) with MAP_NORESERVE), unlike an arena's, which are cleared at once.
 */
public final class OffHeap implements AutoCloseable {
  private static final int PROT_READ_WRITE = 0x1 | 0x2;
  private static final int MAP_PRIVATE_ANONYMOUS_NORESERVE = 0x02 | 0x20 | 0x4000;
  private static final long MAP_FAILED = -1;

  private final long address;
  private final long bytes;

  private OffHeap(long address, long bytes) {
    this.address = address;
    this.bytes = bytes;
  }

  /**
   * Maps a region.
   *
   * @param bytes its size, at least 1
   * @throws OutOfMemoryError if the system refuses
   */
  public static OffHeap map(long bytes) {
    long address;
    try {
      address =
          (long)
              Calls.MMAP.invokeExact(
                  0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS_NORESERVE, -1, 0L);
    } catch (Throwable t) {
      throw new AssertionError("mmap downcall", t);
    }
    if (address == MAP_FAILED) {
      throw new OutOfMemoryError("mmap of " + bytes + " bytes of packet memory was refused");
    }
    return new OffHeap(address, bytes);
  }

  /** Address of the first byte, aligned to a page. */
  public long address() {
    return address;
  }

  /** Unmaps the region; to be called once. */
  @Override
  public void close() {
    try {
      int _ = (int) Calls.MUNMAP.invokeExact(address, bytes);
    } catch (Throwable t) {
      throw new AssertionError("munmap downcall", t);
    }
  }

  /** The two C functions, linked when first used. */
  private static final class Calls {
    static final MethodHandle MMAP = Libc.MMAP.link();
    static final MethodHandle MUNMAP = Libc.MUNMAP.link();
  }
}
