package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Numbers in what programs print, one in a line. */
final class RateLog {
  private RateLog() {}

  /**
   * Returns the numbers of all lines that have one.
   *
   * @param pattern with one group, the number
   * @throws IOException if no line has one
   */
  static List<Double> of(List<String> lines, Pattern pattern) throws IOException {
    List<Double> rates =
        lines.stream()
            .flatMap(line -> pattern.matcher(line).results().limit(1))
            .map(RateLog::number)
            .toList();
    if (rates.isEmpty()) {
      throw new IOException("nothing printed matches " + pattern);
    }
    return rates;
  }

  /**
   * Returns the last numbers of a program that was ended, without the very last one, whose second
   * may have been cut short.
   *
   * @param count how many at most
   * @throws IOException if there is none but the last one
   */
  static List<Double> lastWhole(List<String> lines, Pattern pattern, int count) throws IOException {
    List<Double> rates = of(lines, pattern);
    int end = rates.size() - 1;
    if (end == 0) {
      throw new IOException("no whole second was printed that matches " + pattern);
    }
    return rates.subList(Math.max(0, end - count), end);
  }

  private static double number(MatchResult match) {
    return Double.parseDouble(match.group(1));
  }
}
