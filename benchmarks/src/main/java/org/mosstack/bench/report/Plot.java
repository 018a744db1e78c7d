package org.mosstack.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Draws an outcome as SVG: a row of panels for each table, a panel for each of its columns. Named
 * rows become bars, numeric ones a line over a logarithmic axis; a thin stroke spans the lowest to
 * the highest value.
 */
final class Plot {
  private static final int MARGIN = 12;
  private static final int LINE = 16;
  private static final int LABELS = 190;
  private static final int PANEL = 270;
  private static final int VALUES = 125;
  private static final int BAR = 15;
  private static final int BAR_STEP = 20;
  private static final int CURVE = 150;
  private static final String OURS = "#1f77b4";
  private static final String THEIRS = "#9a9a9a";

  private final StringBuilder body = new StringBuilder();
  private int width = 3 * PANEL;
  private int y = MARGIN + LINE;

  private Plot() {}

  static String of(Outcome outcome) {
    Plot plot = new Plot();
    for (String line : outcome.heading()) {
      plot.text(MARGIN, plot.y, "#555", line);
      plot.y += LINE;
    }
    outcome.tables().forEach(plot::draw);
    return String.format(
        Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">%n"
            + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n%s</svg>%n",
        plot.width,
        plot.y + MARGIN,
        plot.body);
  }

  private void draw(Table table) {
    y += LINE;
    body.append("<g font-weight=\"bold\">");
    text(MARGIN, y, "#000", table.title());
    body.append("</g>");
    y += LINE + 6;
    int x = MARGIN;
    if (!table.isSeries()) {
      names(table);
      x += LABELS;
    }
    width = Math.max(width, x + table.columns().size() * PANEL);
    for (String column : table.columns()) {
      String better = Table.isRate(column) ? " (more is better)" : " (less is better)";
      text(x, y, "#000", column + better);
      if (table.isSeries()) {
        curve(table, column, x);
      } else {
        bars(table, column, x);
      }
      x += PANEL;
    }
    y += (table.isSeries() ? CURVE + 2 * LINE : table.rows().size() * BAR_STEP) + LINE;
  }

  private void names(Table table) {
    int top = y + 8;
    for (String row : table.rows().keySet()) {
      text(MARGIN, top + BAR - 3, "#000", row);
      top += BAR_STEP;
    }
  }

  private void bars(Table table, String column, int x) {
    double scale = (PANEL - VALUES) / most(table, column);
    int top = y + 8;
    for (Map.Entry<String, Map<String, Cell>> row : table.rows().entrySet()) {
      Cell cell = row.getValue().get(column);
      if (cell != null) {
        String colour = Table.isMeasure(row.getKey()) ? THEIRS : OURS;
        add(
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>",
            x, top, cell.median() * scale, BAR, colour);
        line(x + cell.least() * scale, top + BAR / 2.0, x + cell.most() * scale, top + BAR / 2.0);
        text(x + cell.most() * scale + 5, top + BAR - 3, "#000", label(cell));
      }
      top += BAR_STEP;
    }
  }

  private static String label(Cell cell) {
    String number = Markdown.number(cell.median());
    return cell.ratio() == null
        ? number
        : number + String.format(Locale.ROOT, " (%.2f)", cell.ratio());
  }

  private void curve(Table table, String column, int x) {
    double scale = (CURVE - LINE) / most(table, column);
    int bottom = y + CURVE;
    double first = Double.parseDouble(table.rows().keySet().iterator().next());
    double decades =
        table.rows().keySet().stream()
            .mapToDouble(row -> Math.log10(Double.parseDouble(row) / first))
            .max()
            .orElseThrow();
    line(x, bottom, x + PANEL - 40, bottom);
    List<String> points = new ArrayList<>();
    table
        .rows()
        .forEach(
            (row, cells) -> {
              Cell cell = cells.get(column);
              if (cell == null) {
                return;
              }
              double at =
                  x + 20 + (PANEL - 80) * Math.log10(Double.parseDouble(row) / first) / decades;
              double height = bottom - cell.median() * scale;
              points.add(String.format(Locale.ROOT, "%.1f,%.1f", at, height));
              add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", at, height, OURS);
              line(at, bottom - cell.least() * scale, at, bottom - cell.most() * scale);
              text(at - 12, height - 6, "#000", Markdown.number(cell.median()));
              text(at - 4, bottom + LINE - 2, "#555", shortened(Long.parseLong(row)));
            });
    add("<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"/>", String.join(" ", points), OURS);
  }

  private static String shortened(long number) {
    return number >= 1_000_000
        ? number / 1_000_000 + "M"
        : number >= 1000 ? number / 1000 + "k" : Long.toString(number);
  }

  private static double most(Table table, String column) {
    double most =
        table.rows().values().stream()
            .filter(cells -> cells.containsKey(column))
            .mapToDouble(cells -> cells.get(column).most())
            .max()
            .orElse(0);
    return most > 0 ? most : 1;
  }

  private void line(double x1, double y1, double x2, double y2) {
    add("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#000\"/>", x1, y1, x2, y2);
  }

  private void text(double x, double baseline, String colour, String text) {
    String escaped = text.replace("&", "&amp;").replace("<", "&lt;");
    add("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>", x, baseline, colour, escaped);
  }

  private void add(String format, Object... arguments) {
    body.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
