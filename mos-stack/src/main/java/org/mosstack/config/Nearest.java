package org.mosstack.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that was probably meant. */
final class Nearest {
  /** Letters that may be wrong, missing or too many; beyond that, words only look alike. */
  private static final int MAX_DISTANCE = 2;

  private Nearest() {}

  static Optional<String> of(String word, Collection<String> known) {
    if (known.stream().noneMatch(k -> Math.abs(k.length() - word.length()) <= MAX_DISTANCE)) {
      return Optional.empty(); // Also avoids a huge table for a huge word.
    }
    String lower = word.toLowerCase(Locale.ROOT);
    return known.stream()
        .filter(k -> distance(lower, k) <= Math.min(MAX_DISTANCE, k.length() / 2))
        .min(Comparator.comparingInt(k -> distance(lower, k)));
  }

  /** Levenshtein distance: insertions, deletions and replacements that turn a into b. */
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[b.length()];
  }
}
