package org.mosstack.tcp.scoreboard;

import java.util.Arrays;

/**
 * A set of small numbers that finds its next member in a few steps, however sparse it is: a bit
 * set, with levels above it whose bits say which words aren't zero.
 */
public final class SegmentSet {
  /** No member. */
  static final int NONE = -1;

  private static final int WORD_SHIFT = 6;

  /**
   * The members, then for each level the nonzero words of the level below; the last is one word.
   */
  private final long[][] levels;

  /**
   * Makes an empty set.
   *
   * @param capacity exclusive upper bound of the members, at least 1
   */
  SegmentSet(int capacity) {
    int depth = 1;
    for (int words = words(capacity); words > 1; words = words(words)) {
      depth++;
    }
    levels = new long[depth][];
    int size = capacity;
    for (int level = 0; level < depth; level++) {
      size = words(size);
      levels[level] = new long[size];
    }
  }

  private static int words(int bits) {
    return (bits + Long.SIZE - 1) >>> WORD_SHIFT;
  }

  void add(int member) {
    int at = member;
    for (long[] words : levels) {
      int word = at >>> WORD_SHIFT;
      long before = words[word];
      words[word] = before | 1L << at;
      if (before != 0) {
        return;
      }
      at = word;
    }
  }

  void remove(int member) {
    int at = member;
    for (long[] words : levels) {
      int word = at >>> WORD_SHIFT;
      words[word] &= ~(1L << at);
      if (words[word] != 0) {
        return;
      }
      at = word;
    }
  }

  /** Returns the least member from {@code from} on, or {@link #NONE}. */
  int next(int from) {
    int at = from;
    for (int level = 0; level < levels.length; level++) {
      int word = at >>> WORD_SHIFT;
      if (word == levels[level].length) {
        return NONE;
      }
      long rest = levels[level][word] & -1L << at;
      if (rest != 0) {
        return descend(level, (word << WORD_SHIFT) + Long.numberOfTrailingZeros(rest));
      }
      at = word + 1;
    }
    return NONE;
  }

  private int descend(int level, int at) {
    int member = at;
    for (int below = level - 1; below >= 0; below--) {
      member = (member << WORD_SHIFT) + Long.numberOfTrailingZeros(levels[below][member]);
    }
    return member;
  }

  /** Removes all members. */
  void clear() {
    if (levels[levels.length - 1][0] != 0) {
      for (long[] words : levels) {
        Arrays.fill(words, 0);
      }
    }
  }
}
