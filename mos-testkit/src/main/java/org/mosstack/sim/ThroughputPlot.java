package org.mosstack.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.mosstack.sim.BulkExperiment.Setting;
import org.mosstack.socket.CongestionAlgorithm;

/**
 * The measurements of {@link Throughput} with one flow, as SVG: a panel per link, Mb/s over loss on
 * a logarithmic axis, with the limits dashed.
 */
final class ThroughputPlot {
  private static final int PANEL_WIDTH = 400;
  private static final int PANEL_HEIGHT = 290;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 30;
  private static final int BOTTOM = 40;
  private static final int LEGEND = 30;
  private static final int COLUMNS = 2;
  private static final String[] COLOURS = {"#d62728", "#1f77b4", "#2ca02c"};

  private final ThroughputFigures figures;
  private final List<Long> seeds;
  private final StringBuilder body = new StringBuilder();
  private double originX;
  private double originY;
  private double lowest;
  private double highest;
  private int points;

  private ThroughputPlot(ThroughputFigures figures, List<Long> seeds) {
    this.figures = figures;
    this.seeds = seeds;
  }

  static String of(ThroughputFigures figures, List<Setting> settings, List<Long> seeds) {
    ThroughputPlot plot = new ThroughputPlot(figures, seeds);
    Map<String, List<Setting>> links =
        ThroughputReport.byLink(settings.stream().filter(s -> s.flows() == 1));
    plot.legend();
    int index = 0;
    for (Map.Entry<String, List<Setting>> link : links.entrySet()) {
      plot.originX = index % COLUMNS * PANEL_WIDTH + LEFT;
      plot.originY = (index / COLUMNS + 1) * PANEL_HEIGHT - BOTTOM + LEGEND;
      plot.panel(link.getKey(), link.getValue());
      index++;
    }
    int height = (index + COLUMNS - 1) / COLUMNS * PANEL_HEIGHT + LEGEND;
    return String.format(
        Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\""
            + " font-family=\"sans-serif\" font-size=\"12\">%n"
            + "<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>%n%s</svg>%n",
        COLUMNS * PANEL_WIDTH,
        height,
        plot.body);
  }

  private void legend() {
    double x = LEFT;
    for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
      String colour = COLOURS[algorithm.ordinal()];
      stroke(x, LEGEND - 10, x + 24, LEGEND - 10, colour, "");
      text(x + 28, LEGEND - 6, "start", algorithm.id());
      stroke(x + 90, LEGEND - 10, x + 114, LEGEND - 10, colour, " stroke-dasharray=\"4 3\"");
      text(x + 118, LEGEND - 6, "start", ThroughputReport.limitName(algorithm));
      x += 245;
    }
  }

  private void panel(String link, List<Setting> settings) {
    Map<CongestionAlgorithm, List<Setting>> rows =
        settings.stream().collect(Collectors.groupingBy(Setting::algorithm));
    points = rows.values().iterator().next().size();
    double least = Double.MAX_VALUE;
    double most = 0;
    for (Setting s : settings) {
      double value = measured(s);
      least = Math.min(least, Math.min(value, ThroughputReport.limit(s)));
      most = Math.max(most, Math.max(value, ThroughputReport.limit(s)));
    }
    lowest = Math.floor(Math.log10(least));
    highest = Math.max(Math.log10(most) + 0.05, lowest + 1);
    axes(link, rows.values().iterator().next());
    for (CongestionAlgorithm algorithm : CongestionAlgorithm.values()) {
      List<Setting> row = rows.getOrDefault(algorithm, List.of());
      curve(row, ThroughputReport::limit, COLOURS[algorithm.ordinal()], false);
      curve(row, this::measured, COLOURS[algorithm.ordinal()], true);
    }
  }

  private double measured(Setting s) {
    return figures.megabits(s, seeds);
  }

  private void axes(String link, List<Setting> row) {
    double right = originX + PANEL_WIDTH - LEFT - RIGHT;
    text(originX, originY - (PANEL_HEIGHT - TOP - BOTTOM) - 8, "start", link);
    text(originX - 8, originY - (PANEL_HEIGHT - TOP - BOTTOM) - 8, "end", "Mb/s");
    for (int decade = (int) lowest; decade <= highest; decade++) {
      double y = y(Math.pow(10, decade));
      stroke(originX, y, right, y, "#ddd", "");
      text(
          originX - 6,
          y + 4,
          "end",
          decade < 0
              ? Double.toString(Math.pow(10, decade))
              : String.format(Locale.ROOT, "%,.0f", Math.pow(10, decade)));
    }
    stroke(originX, originY, right, originY, "#000", "");
    for (int i = 0; i < points; i++) {
      text(x(i), originY + 16, "middle", ThroughputReport.percent(row.get(i).loss()) + " loss");
    }
  }

  private void curve(
      List<Setting> row, ToDoubleFunction<Setting> value, String colour, boolean measured) {
    List<String> corners = new ArrayList<>();
    for (int i = 0; i < row.size(); i++) {
      double height = y(value.applyAsDouble(row.get(i)));
      corners.add(String.format(Locale.ROOT, "%.1f,%.1f", x(i), height));
      if (measured) {
        add("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>", x(i), height, colour);
      }
    }
    add(
        "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\"%s/>",
        String.join(" ", corners), colour, measured ? "" : " stroke-dasharray=\"4 3\"");
  }

  private double x(int point) {
    double step = (PANEL_WIDTH - LEFT - RIGHT) / (double) points;
    return originX + step * (point + 0.5);
  }

  private double y(double megabits) {
    double part = (Math.log10(megabits) - lowest) / (highest - lowest);
    return originY - part * (PANEL_HEIGHT - TOP - BOTTOM);
  }

  private void stroke(double x1, double y1, double x2, double y2, String colour, String more) {
    add(
        "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"%s/>",
        x1, y1, x2, y2, colour, more);
  }

  private void text(double x, double baseline, String anchor, String text) {
    add("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>", x, baseline, anchor, text);
  }

  private void add(String format, Object... arguments) {
    body.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }
}
