package org.mosstack.demo;

import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.mosstack.epwget.Summary;

/** The demo's last lines: what both places did, side by side. */
final class Table {
  private static final double MICROS_PER_MILLI = 1000;

  private final Summary stack;
  private final Summary kernel;
  private final StringBuilder text = new StringBuilder();

  private Table(Summary stack, Summary kernel) {
    this.stack = stack;
    this.kernel = kernel;
  }

  /**
   * The table.
   *
   * @param stack the run over the user-level stack
   * @param kernel the one over the kernel's sockets; null if there was none
   * @return lines with their newlines
   */
  static String of(Summary stack, Summary kernel) {
    Table table = new Table(stack, kernel);
    table.heading();
    table.row("requests/s", 0, Summary::flowsPerSecond);
    table.row("MB/s read", 1, Summary::megabytesPerSecond);
    table.row("response time, median, ms", 2, s -> s.latencyUs().p50() / MICROS_PER_MILLI);
    table.row("99 of 100 within, ms", 2, s -> s.latencyUs().p99() / MICROS_PER_MILLI);
    table.row("longest, ms", 2, s -> s.latencyUs().max() / MICROS_PER_MILLI);
    table.counts("completed", Summary::completed);
    table.counts("failed", s -> s.errors() + s.incompletes());
    return table.text.toString();
  }

  private void heading() {
    text.append(String.format(Locale.ROOT, "%-26s %12s", "", "this stack"));
    if (kernel != null) {
      text.append(String.format(Locale.ROOT, " %12s %8s", "NIO, kernel", "ratio"));
    }
    text.append(System.lineSeparator());
  }

  private void row(String name, int decimals, ToDoubleFunction<Summary> figure) {
    double ours = figure.applyAsDouble(stack);
    text.append(String.format(Locale.ROOT, "%-26s %,12." + decimals + "f", name, ours));
    if (kernel != null) {
      double theirs = figure.applyAsDouble(kernel);
      text.append(String.format(Locale.ROOT, " %,12." + decimals + "f", theirs));
      text.append(
          theirs > 0
              ? String.format(Locale.ROOT, " %8.2f", ours / theirs)
              : String.format("%9s", "-"));
    }
    text.append(System.lineSeparator());
  }

  private void counts(String name, ToDoubleFunction<Summary> figure) {
    text.append(String.format(Locale.ROOT, "%-26s %,12.0f", name, figure.applyAsDouble(stack)));
    if (kernel != null) {
      text.append(String.format(Locale.ROOT, " %,12.0f", figure.applyAsDouble(kernel)));
    }
    text.append(System.lineSeparator());
  }
}
