package org.mosstack.bench.report;

import java.util.List;

/**
 * The values of one figure.
 *
 * @param median of all values
 * @param least of them
 * @param most of them
 * @param values how many
 * @param ratio of the median to that of the better of the table's rows that are the measure; null
 *     without such rows
 */
public record Cell(double median, double least, double most, int values, Double ratio) {
  static Cell of(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int n = sorted.size();
    double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
    return new Cell(median, sorted.getFirst(), sorted.getLast(), n, null);
  }

  Cell withRatio(double measure) {
    return new Cell(median, least, most, values, measure == 0 ? null : median / measure);
  }
}
