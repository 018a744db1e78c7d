package org.mosstack.config;

import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * A set of CPU cores, written as a hexadecimal mask of any length: bit <i>i</i> stands for core
 * <i>i</i>. Immutable; safe for any thread.
 */
public final class CoreMask {
  private final BitSet bits;

  private CoreMask(BitSet bits) {
    this.bits = bits;
  }

  /**
   * Reads a mask.
   *
   * @param text hexadecimal digits of either case, with or without leading 0x
   * @return the mask; it may be empty
   * @throws IllegalArgumentException when {@code text} is anything else
   */
  public static CoreMask parse(String text) {
    int first = text.startsWith("0x") || text.startsWith("0X") ? 2 : 0;
    if (first == text.length()) {
      throw new IllegalArgumentException("a mask without digits");
    }
    BitSet bits = new BitSet();
    for (int i = text.length() - 1, core = 0; i >= first; i--, core += 4) {
      char c = text.charAt(i);
      // Character.digit knows the digits of other scripts too.
      int digit = c < 128 ? Character.digit(c, 16) : -1;
      if (digit < 0) {
        throw new IllegalArgumentException("not a hexadecimal digit: " + Quote.of("" + c));
      }
      for (int bit = 0; bit < 4; bit++) {
        if ((digit >>> bit & 1) != 0) {
          bits.set(core + bit);
        }
      }
    }
    return new CoreMask(bits);
  }

  /**
   * The mask of single cores.
   *
   * @param cores core numbers, from 0
   * @return their mask
   * @throws IllegalArgumentException when a number is negative
   */
  public static CoreMask of(int... cores) {
    BitSet bits = new BitSet();
    for (int core : cores) {
      if (core < 0) {
        throw new IllegalArgumentException("a core's number is 0 or more, not " + core);
      }
      bits.set(core);
    }
    return new CoreMask(bits);
  }

  /**
   * The mask of cores 0 to n-1.
   *
   * @param n how many; 0 gives the empty mask
   * @return their mask
   * @throws IllegalArgumentException when n is negative
   */
  public static CoreMask range(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("0 cores or more, not " + n);
    }
    BitSet bits = new BitSet();
    bits.set(0, n);
    return new CoreMask(bits);
  }

  /**
   * How many cores the mask names.
   *
   * @return 0 or more
   */
  public int cardinality() {
    return bits.cardinality();
  }

  /**
   * Whether the mask names no core.
   *
   * @return true when {@link #cardinality()} is 0
   */
  public boolean isEmpty() {
    return bits.isEmpty();
  }

  /**
   * The cores.
   *
   * @return their numbers, ascending
   */
  public IntStream cores() {
    return bits.stream();
  }

  /**
   * Whether the mask names a core.
   *
   * @param core its number; a negative one is in no mask
   * @return true when it does
   */
  public boolean contains(int core) {
    return core >= 0 && bits.get(core);
  }

  /**
   * Whether every core of this mask is in another.
   *
   * @param other the other
   * @return true when it is; always for the empty mask
   */
  public boolean isSubsetOf(CoreMask other) {
    BitSet rest = (BitSet) bits.clone();
    rest.andNot(other.bits);
    return rest.isEmpty();
  }

  /**
   * The cores that are in this mask, in another, or in both.
   *
   * @param other the other
   * @return a new mask
   */
  public CoreMask union(CoreMask other) {
    BitSet all = (BitSet) bits.clone();
    all.or(other.bits);
    return new CoreMask(all);
  }

  /**
   * The lowest cores, for a limit such as {@code core_limit}.
   *
   * @param n how many at most, 0 or more
   * @return the n lowest cores, or all when there are no more than n
   * @throws IllegalArgumentException when n is negative
   */
  public CoreMask first(int n) {
    if (n < 0) {
      throw new IllegalArgumentException("0 cores or more, not " + n);
    }
    BitSet lowest = new BitSet();
    bits.stream().limit(n).forEach(lowest::set);
    return new CoreMask(lowest);
  }

  /**
   * Writes the mask as {@link #parse} reads it.
   *
   * @return 0x and upper-case digits without leading zeros, for example {@code 0xFF}
   */
  public String format() {
    StringBuilder digits = new StringBuilder("0x");
    int last = Math.max(0, (bits.length() + 3) / 4 - 1);
    for (int nibble = last; nibble >= 0; nibble--) {
      int value = 0;
      for (int bit = 3; bit >= 0; bit--) {
        value = value << 1 | (bits.get(nibble * 4 + bit) ? 1 : 0);
      }
      digits.append(Character.toUpperCase(Character.forDigit(value, 16)));
    }
    return digits.toString();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof CoreMask mask && bits.equals(mask.bits);
  }

  @Override
  public int hashCode() {
    return bits.hashCode();
  }

  /** As {@link #format()}. */
  @Override
  public String toString() {
    return format();
  }
}
