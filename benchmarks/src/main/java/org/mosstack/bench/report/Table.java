package org.mosstack.bench.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.DoubleStream;

/**
 * Figures measured together.
 *
 * @param title what was measured
 * @param rows by name, in the order measured; each row's cells by column name
 */
public record Table(String title, Map<String, Map<String, Cell>> rows) {
  private static final String RATE = "/s";

  /**
   * The rows that the others are compared with: the kernel at its best, however measured, and the
   * state before an event.
   */
  private static final Set<String> MEASURES =
      Set.of(
          "EPOLL",
          "EPOLL_BUSY",
          "IO_URING",
          "nginx, loopback, wrk",
          "epserver, epoll, loopback, wrk",
          "Linux",
          "before");

  /** Returns tables of all figures, with ratios. */
  static List<Table> of(List<Figure> figures) {
    Map<String, Map<String, Map<String, List<Double>>>> values = new LinkedHashMap<>();
    for (Figure f : figures) {
      values
          .computeIfAbsent(f.table(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(f.row(), _ -> new LinkedHashMap<>())
          .computeIfAbsent(f.column(), _ -> new ArrayList<>())
          .add(f.value());
    }
    List<Table> tables = new ArrayList<>();
    values.forEach(
        (title, rows) -> {
          Map<String, Map<String, Cell>> cells = new LinkedHashMap<>();
          rows.forEach(
              (row, columns) -> {
                Map<String, Cell> of = new LinkedHashMap<>();
                columns.forEach((column, all) -> of.put(column, Cell.of(all)));
                cells.put(row, of);
              });
          tables.add(new Table(title, cells).compared());
        });
    return tables;
  }

  static boolean isRate(String column) {
    return column.contains(RATE);
  }

  static boolean isMeasure(String row) {
    return MEASURES.contains(row);
  }

  /** Returns the same table, with each cell's ratio to the best baseline in its column. */
  Table compared() {
    for (String column : columns()) {
      DoubleStream medians =
          rows.entrySet().stream()
              .filter(row -> isMeasure(row.getKey()) && row.getValue().containsKey(column))
              .mapToDouble(row -> row.getValue().get(column).median());
      double best = (isRate(column) ? medians.max() : medians.min()).orElse(0);
      rows.values().forEach(cells -> cells.computeIfPresent(column, (_, c) -> c.withRatio(best)));
    }
    return this;
  }

  /** Returns all columns of all rows, in order of appearance. */
  Set<String> columns() {
    Set<String> columns = new LinkedHashSet<>();
    rows.values().forEach(cells -> columns.addAll(cells.keySet()));
    return columns;
  }

  /** Whether the rows are numbers, such as of connections, so that they form an axis. */
  boolean isSeries() {
    return rows.size() > 1 && rows.keySet().stream().allMatch(row -> row.matches("[0-9]+"));
  }
}
