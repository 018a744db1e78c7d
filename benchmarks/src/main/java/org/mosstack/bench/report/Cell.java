package org.mosstack.bench.report;

import java.util.List;

/**
 * The values of one figure.
 *
 * @param median of all values
 * @param least the lowest of them
 * @param most the highest of them
 * @param values their number
 * @param ratio of the median to that of the best baseline row in the table; null if there is none
 */
public record Cell(double median, double least, double most, int values, Double ratio) {
  /**
   * Returns the median and the spread of values.
   *
   * @param values one or more
   */
  public static Cell of(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
    return new Cell(median, sorted.getFirst(), sorted.getLast(), n, null);
  }

  Cell withRatio(double measure) {
    return new Cell(median, least, most, values, measure == 0 ? null : median / measure);
  }
}
