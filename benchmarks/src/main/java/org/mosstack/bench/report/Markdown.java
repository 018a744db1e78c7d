package org.mosstack.bench.report;

import java.util.Locale;
import java.util.StringJoiner;
import java.util.function.Function;

/** Tables as Markdown, which is readable as is. */
final class Markdown {
  private Markdown() {}

  static String of(Outcome outcome) {
    StringBuilder text = new StringBuilder();
    outcome.tables().forEach(table -> text.append(of(table)).append('\n'));
    return text + String.join("; ", outcome.heading()) + ".\n";
  }

  /**
   * Returns a column of medians for each quantity, followed by spread and ratio if there are any.
   */
  static String of(Table table) {
    int rows = table.rows().size();
    StringJoiner[] lines = new StringJoiner[rows + 2];
    lines[0] = line(table.title());
    lines[1] = line("---");
    int next = 2;
    for (String row : table.rows().keySet()) {
      lines[next++] = line(row);
    }
    for (String column : table.columns()) {
      add(lines, table, column, column, cell -> number(cell.median()));
      add(lines, table, column, "least to most", Markdown::spread);
      add(lines, table, column, "ratio", Markdown::ratio);
    }
    StringJoiner text = new StringJoiner("\n", "", "\n");
    for (StringJoiner each : lines) {
      text.add(each.toString());
    }
    return text.toString();
  }

  private static StringJoiner line(String name) {
    return new StringJoiner(" | ", "| ", " |").add(name);
  }

  private static void add(
      StringJoiner[] lines, Table table, String column, String head, Function<Cell, String> text) {
    String[] cells =
        table.rows().values().stream()
            .map(row -> row.containsKey(column) ? text.apply(row.get(column)) : "")
            .toArray(String[]::new);
    if (String.join("", cells).isEmpty()) {
      return;
    }
    lines[0].add(head);
    lines[1].add("---:");
    for (int row = 0; row < cells.length; row++) {
      lines[row + 2].add(cells[row]);
    }
  }

  private static String spread(Cell cell) {
    return cell.values() == 1 ? "" : number(cell.least()) + " to " + number(cell.most());
  }

  private static String ratio(Cell cell) {
    return cell.ratio() == null ? "" : String.format(Locale.ROOT, "%.2f", cell.ratio());
  }

  /** Formats with at least three digits, and none that are meaningless. */
  static String number(double value) {
    String format = Math.abs(value) >= 100 ? "%,.0f" : Math.abs(value) >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, format, value);
  }
}
