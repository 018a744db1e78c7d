package org.mosstack.interop;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.reporting.ReportEntry;
import org.junit.platform.engine.support.descriptor.ClassSource;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Prints a line for each check as the scripts' {@code check} and {@code skip} do. */
final class CheckPrinter implements TestExecutionListener {
  private static final int LAST_LINES = 40;

  private final PrintStream out;
  private TestPlan plan;
  private long start;
  private boolean failed;
  private volatile boolean stopped;

  CheckPrinter(PrintStream out) {
    this.out = out;
  }

  /** Returns whether a check has failed so far, or what a class of checks needs before them. */
  boolean hasFailed() {
    return failed;
  }

  /** Prints no more: a check that is interrupted fails, but says nothing. */
  void stop() {
    stopped = true;
  }

  private void print(String line) {
    if (!stopped) {
      out.println(line);
    }
  }

  @Override
  public void testPlanExecutionStarted(TestPlan plan) {
    this.plan = plan;
  }

  @Override
  public void executionStarted(TestIdentifier check) {
    start = System.nanoTime();
  }

  @Override
  public void reportingEntryPublished(TestIdentifier check, ReportEntry entry) {
    entry.getKeyValuePairs().forEach((key, value) -> print("      " + key + ": " + value));
  }

  @Override
  public void executionSkipped(TestIdentifier check, String reason) {
    if (!reason.equals(Needs.ANOTHER_CHECK)) {
      print("skip  " + name(check) + ": " + reason);
    }
  }

  @Override
  public void executionFinished(TestIdentifier check, TestExecutionResult result) {
    Throwable cause = result.getThrowable().orElse(null);
    switch (result.getStatus()) {
      case SUCCESSFUL -> {
        if (check.isTest()) {
          print("ok    " + name(check) + time());
        }
      }
      case ABORTED -> print("not run  " + name(check) + ": " + reason(cause));
      case FAILED -> {
        failed = true;
        print("FAIL  " + name(check) + time());
        printFailure(cause);
      }
    }
  }

  /** Returns a check's name, after that of its class if that was given one. */
  private String name(TestIdentifier check) {
    String own = check.getDisplayName();
    return check.isTest() ? plan.getParent(check).map(CheckPrinter::prefix).orElse("") + own : own;
  }

  private static String prefix(TestIdentifier checks) {
    return checks
        .getSource()
        .filter(ClassSource.class::isInstance)
        .map(source -> ((ClassSource) source).getJavaClass())
        .filter(c -> c.isAnnotationPresent(DisplayName.class))
        .map(c -> checks.getDisplayName() + ": ")
        .orElse("");
  }

  private String time() {
    return " (" + TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start) + " s)";
  }

  private static String reason(Throwable cause) {
    return cause == null ? "aborted" : cause.getMessage().replaceFirst("^Assumption failed: ", "");
  }

  private void printFailure(Throwable cause) {
    if (cause == null) {
      return;
    }
    Stream<String> frames =
        Arrays.stream(cause.getStackTrace())
            .filter(CheckPrinter::isOurs)
            .map(frame -> "at " + frame);
    List<String> lines = Stream.concat(cause.toString().lines(), frames).toList();
    lines
        .subList(Math.max(0, lines.size() - LAST_LINES), lines.size())
        .forEach(line -> print("      " + line));
  }

  private static boolean isOurs(StackTraceElement frame) {
    return frame.getClassName().startsWith(CheckPrinter.class.getPackageName());
  }
}
