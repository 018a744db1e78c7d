package org.mosstack.config;

import java.util.Objects;

/**
 * The whole numbers that a key allows: those between two bounds and, where that is wanted, a
 * special one besides.
 *
 * @param what what is counted, for messages and pages, for example {@code bytes per socket}
 * @param min the least
 * @param max the greatest
 * @param special a number that is allowed too; any of the others if there is none
 * @param meaning what the special number stands for; empty if there is none
 */
public record Range(String what, long min, long max, long special, String meaning) {
  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException if the least is greater than the greatest
   */
  public Range {
    Objects.requireNonNull(what, "what");
    Objects.requireNonNull(meaning, "meaning");
    if (min > max) {
      throw new IllegalArgumentException(what + ", " + min + " to " + max);
    }
  }

  /**
   * The numbers between two bounds.
   *
   * @param what what is counted
   * @param min the least
   * @param max the greatest
   * @return their range
   */
  public static Range of(String what, long min, long max) {
    return new Range(what, min, max, min, "");
  }

  /**
   * Allows one number more.
   *
   * @param number for example -1
   * @param means what it stands for, for example {@code for no limit}
   * @return the wider range
   * @throws IllegalStateException if the range has such a number already
   */
  public Range or(long number, String means) {
    if (!meaning.isEmpty()) {
      throw new IllegalStateException(this + ": no second special number, " + number);
    }
    return new Range(what, min, max, number, means);
  }

  boolean isOfInts() {
    return isInt(min) && isInt(max) && isInt(special);
  }

  private static boolean isInt(long number) {
    return number == (int) number;
  }

  boolean contains(long number) {
    return number >= min && number <= max || number == special;
  }

  /** What is allowed, for example {@code bytes per socket, 2048 to 1073741824}. */
  @Override
  public String toString() {
    String bounds = what + ", " + min + " to " + max;
    return meaning.isEmpty() ? bounds : bounds + ", or " + special + " " + meaning;
  }
}
