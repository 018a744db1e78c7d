package org.mosstack.bench.compare;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Draws a run as SVG: for each scenario a bar for each transport, with least and most. */
final class Plot {
  private static final int WIDTH = 760;
  private static final int LABEL = 110;
  private static final int BAR = 16;
  private static final int GAP = 4;
  private static final int HEAD = 46;
  private static final int VALUE = 150;

  private Plot() {}

  static String of(Report.Run run) {
    StringBuilder body = new StringBuilder();
    int y = 20;
    for (String line : run.heading().split("\n")) {
      body.append(text(8, y, "#555", line));
      y += 16;
    }
    for (Map.Entry<String, List<Report.Row>> scenario : run.scenarios().entrySet()) {
      y += HEAD - 16;
      body.append(text(8, y, "#000", scenario.getKey()));
      y += 8;
      double most = scenario.getValue().stream().mapToDouble(Report.Row::most).max().orElseThrow();
      for (Report.Row row : scenario.getValue()) {
        y += bar(body, row, y, (WIDTH - LABEL - VALUE) / most);
      }
    }
    return String.format(
        Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">%n"
            + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n%s</svg>%n",
        WIDTH,
        y + 20,
        body);
  }

  private static int bar(StringBuilder body, Report.Row row, int y, double scale) {
    boolean mos = Transport.valueOf(row.transport()).isMos();
    body.append(text(8, y + BAR - 4, "#000", row.transport()));
    body.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>%n"
                + "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#000\"/>%n",
            LABEL,
            y,
            row.rate() * scale,
            BAR,
            mos ? "#1f77b4" : "#bbb",
            LABEL + row.least() * scale,
            LABEL + row.most() * scale,
            y + BAR / 2,
            y + BAR / 2));
    String value = String.format(Locale.ROOT, "%,.0f  (%.2f)", row.rate(), row.ratio());
    body.append(text(LABEL + (int) (row.most() * scale) + 6, y + BAR - 4, "#000", value));
    return BAR + GAP;
  }

  private static String text(int x, int y, String colour, String text) {
    return "<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n"
        .formatted(x, y, colour, text.replace("&", "&amp;").replace("<", "&lt;"));
  }
}
