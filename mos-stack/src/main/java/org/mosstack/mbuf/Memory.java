package org.mosstack.mbuf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Raw memory access by absolute address.
 *
 * <p>Every access goes through one segment that spans the whole address space. It is a constant, so
 * the JIT folds its liveness and bounds checks away; what is left is a plain load or store.
 *
 * <p>Until folded, the checks count: after some thirty accesses in one compilation unit C2 stops
 * inlining (NodeCountInliningCutoff), and the rest become calls; so does part of an access more
 * than nine calls below its unit's method (MaxInlineLevel). On the packet path, adjacent fields are
 * therefore read and written together, and var handles are used directly, which is one call less.
 *
 * <p>Nothing here is checked: callers must have compared every length with its buffer. Callers are
 * the {@code mbuf}, {@code header} and {@code bpf} packages, and {@code tcp} for options and for
 * payload copied from and to the application's memory. An ArchUnit rule keeps everyone else out.
 */
public final class Memory {
  @SuppressWarnings("restricted") // The one place that opens native memory; see the class comment.
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();
  private static final VarHandle SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.varHandle();
  private static final VarHandle INT = ValueLayout.JAVA_INT_UNALIGNED.varHandle();
  private static final VarHandle LONG = ValueLayout.JAVA_LONG_UNALIGNED.varHandle();
  private static final VarHandle SHORT_BE = bigEndian(ValueLayout.JAVA_SHORT_UNALIGNED);
  private static final VarHandle INT_BE = bigEndian(ValueLayout.JAVA_INT_UNALIGNED);
  private static final VarHandle LONG_BE = bigEndian(ValueLayout.JAVA_LONG_UNALIGNED);

  private Memory() {}

  private static VarHandle bigEndian(ValueLayout layout) {
    return layout.withOrder(ByteOrder.BIG_ENDIAN).varHandle();
  }

  /** Reads an unsigned byte. */
  public static int getByte(long address) {
    return (byte) BYTE.get(ALL, address) & 0xFF;
  }

  /** Writes the low 8 bits of {@code value}. */
  public static void putByte(long address, int value) {
    BYTE.set(ALL, address, (byte) value);
  }

  /** Reads an unsigned 16-bit field in the machine's order. */
  public static int getShort(long address) {
    return (short) SHORT.get(ALL, address) & 0xFFFF;
  }

  /** Writes the low 16 bits of {@code value} in the machine's order. */
  public static void putShort(long address, int value) {
    SHORT.set(ALL, address, (short) value);
  }

  /** Reads a 32-bit field in the machine's order. */
  public static int getInt(long address) {
    return (int) INT.get(ALL, address);
  }

  /** Writes a 32-bit field in the machine's order. */
  public static void putInt(long address, int value) {
    INT.set(ALL, address, value);
  }

  /** Reads a 64-bit field in the machine's order. */
  public static long getLong(long address) {
    return (long) LONG.get(ALL, address);
  }

  /** Writes a 64-bit field in the machine's order. */
  public static void putLong(long address, long value) {
    LONG.set(ALL, address, value);
  }

  /** Reads an unsigned 16-bit field in network order. */
  public static int getShortBe(long address) {
    return (short) SHORT_BE.get(ALL, address) & 0xFFFF;
  }

  /** Writes the low 16 bits of {@code value} in network order. */
  public static void putShortBe(long address, int value) {
    SHORT_BE.set(ALL, address, (short) value);
  }

  /** Reads a 32-bit field in network order. */
  public static int getIntBe(long address) {
    return (int) INT_BE.get(ALL, address);
  }

  /** Writes a 32-bit field in network order. */
  public static void putIntBe(long address, int value) {
    INT_BE.set(ALL, address, value);
  }

  /** Reads a 64-bit field in network order. */
  public static long getLongBe(long address) {
    return (long) LONG_BE.get(ALL, address);
  }

  /** Writes a 64-bit field in network order. */
  public static void putLongBe(long address, long value) {
    LONG_BE.set(ALL, address, value);
  }

  /** Copies {@code length} bytes; the ranges may overlap. */
  public static void copy(long source, long target, long length) {
    MemorySegment.copy(ALL, source, ALL, target, length);
  }

  /** Copies {@code length} bytes out of native memory into an array. */
  public static void copy(long source, byte[] target, int offset, int length) {
    MemorySegment.copy(ALL, ValueLayout.JAVA_BYTE, source, target, offset, length);
  }

  /** Copies {@code length} bytes of an array into native memory. */
  public static void copy(byte[] source, int offset, long target, int length) {
    MemorySegment.copy(source, offset, ALL, ValueLayout.JAVA_BYTE, target, length);
  }

  /**
   * Sums 64-bit words in the machine's order, each as two unsigned numbers of 32 bits. C2 makes
   * vector instructions of this loop, which it doesn't where the base is added to each address.
   *
   * @param words their number, less than 2^31
   */
  public static long sumOfHalves(long address, int words) {
    MemorySegment range = ALL.asSlice(address, (long) words * Long.BYTES);
    long sum = 0;
    for (int i = 0; i < words; i++) {
      long word = range.get(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * Long.BYTES);
      sum += (word & 0xFFFF_FFFFL) + (word >>> 32);
    }
    return sum;
  }

  /** Sets {@code length} bytes to zero. */
  public static void zero(long address, long length) {
    ALL.asSlice(address, length).fill((byte) 0);
  }
}
