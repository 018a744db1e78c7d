package org.mosstack.mbuf;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Raw memory access by absolute address.
 *
 * <p>Every access goes through one segment that spans the whole address space. It is a constant, so
 * the JIT folds its liveness and bounds checks away; what is left is a plain load or store.
 *
 * <p>Until folded, the checks count: after some forty accesses in one compilation unit C2 stops
 * inlining (NodeCountInliningCutoff), and the rest become calls. On the packet path, adjacent
 * fields are therefore read and written together.
 *
 * <p>Nothing here is checked: callers must have compared every length with its buffer. Callers are
 * the {@code mbuf}, {@code header} and {@code bpf} packages, and {@code tcp} for options and for
 * payload copied from and to the application's memory. An ArchUnit rule keeps everyone else out.
 */
public final class Memory {
  @SuppressWarnings("restricted") // The one place that opens native memory; see the class comment.
  private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED;
  private static final ValueLayout.OfShort SHORT_BE = SHORT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfInt INT_BE = INT.withOrder(ByteOrder.BIG_ENDIAN);
  private static final ValueLayout.OfLong LONG_BE = LONG.withOrder(ByteOrder.BIG_ENDIAN);

  private Memory() {}

  /** Reads an unsigned byte. */
  public static int getByte(long address) {
    return ALL.get(ValueLayout.JAVA_BYTE, address) & 0xFF;
  }

  /** Writes the low 8 bits of {@code value}. */
  public static void putByte(long address, int value) {
    ALL.set(ValueLayout.JAVA_BYTE, address, (byte) value);
  }

  /** Reads an unsigned 16-bit field in the machine's order. */
  public static int getShort(long address) {
    return ALL.get(SHORT, address) & 0xFFFF;
  }

  /** Writes the low 16 bits of {@code value} in the machine's order. */
  public static void putShort(long address, int value) {
    ALL.set(SHORT, address, (short) value);
  }

  /** Reads a 32-bit field in the machine's order. */
  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  /** Writes a 32-bit field in the machine's order. */
  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  /** Reads a 64-bit field in the machine's order. */
  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  /** Writes a 64-bit field in the machine's order. */
  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  /** Reads an unsigned 16-bit field in network order. */
  public static int getShortBe(long address) {
    return ALL.get(SHORT_BE, address) & 0xFFFF;
  }

  /** Writes the low 16 bits of {@code value} in network order. */
  public static void putShortBe(long address, int value) {
    ALL.set(SHORT_BE, address, (short) value);
  }

  /** Reads a 32-bit field in network order. */
  public static int getIntBe(long address) {
    return ALL.get(INT_BE, address);
  }

  /** Writes a 32-bit field in network order. */
  public static void putIntBe(long address, int value) {
    ALL.set(INT_BE, address, value);
  }

  /** Reads a 64-bit field in network order. */
  public static long getLongBe(long address) {
    return ALL.get(LONG_BE, address);
  }

  /** Writes a 64-bit field in network order. */
  public static void putLongBe(long address, long value) {
    ALL.set(LONG_BE, address, value);
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

  /** Sets {@code length} bytes to zero. */
  public static void zero(long address, long length) {
    ALL.asSlice(address, length).fill((byte) 0);
  }
}
