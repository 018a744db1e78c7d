package org.mosstack.script;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A script in the format of {@code src/test/resources/scripts/README.md}: a comment with an RFC's
 * section and what is tested, then one step per line.
 *
 * @param name the file, relative to the script folder
 * @param title the first line without its {@code #}
 * @param steps in order
 */
record TextScript(String name, String title, List<Step> steps) {
  /** The form of a script's first line. */
  private static final String TITLE = "RFC [0-9]+ (appendix )?[0-9A-Z][0-9.]*[^:]*: .+";

  /** One line of a script. */
  record Step(int line, String text, Consumer<TextRun> action) {}

  /**
   * Reads a script.
   *
   * @param root the script folder
   * @param file in it
   * @throws IllegalArgumentException if a line isn't understood; the message has file and line
   */
  static TextScript read(Path root, Path file) {
    String name = root.relativize(file).toString();
    try {
      return parse(name, Files.readAllLines(file));
    } catch (IOException e) {
      throw new IllegalArgumentException(name + ": " + e, e);
    }
  }

  static TextScript parse(String name, List<String> lines) {
    String first = lines.isEmpty() ? "" : lines.getFirst();
    String title = first.startsWith("# ") ? first.substring(2) : "";
    if (!title.matches(TITLE)) {
      throw new IllegalArgumentException(
          name + ":1: '" + first + "' where '# RFC number section: what is shown' is expected");
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String text = lines.get(i).replaceFirst("#.*", "").trim();
      if (!text.isEmpty()) {
        steps.add(step(name, i + 1, text));
      }
    }
    if (steps.isEmpty()) {
      throw new IllegalArgumentException(name + ": no step");
    }
    return new TextScript(name, title, List.copyOf(steps));
  }

  private static Step step(String name, int line, String text) {
    try {
      Words words = new Words(text);
      Consumer<TextRun> action = TextSteps.parse(words);
      words.end();
      return new Step(line, text, action);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name + ":" + line + ": " + text + "\n  " + e.getMessage(), e);
    }
  }

  /** Runs it on its own stack; a failure shows file, line, and what was expected and received. */
  void run() {
    TextRun run = new TextRun();
    try {
      for (Step step : steps) {
        runStep(run, step);
      }
      run.finish();
    } catch (AssertionError e) {
      run.discard();
      throw e.getMessage() != null && e.getMessage().startsWith(name)
          ? e
          : new AssertionError(name + ": after the last step: " + e.getMessage(), e);
    }
  }

  private void runStep(TextRun run, Step step) {
    try {
      step.action().accept(run);
    } catch (AssertionError | RuntimeException e) {
      String what = e instanceof AssertionError ? e.getMessage() : e.toString();
      throw new AssertionError(
          name + ":" + step.line() + ": " + step.text() + "\n" + what + "\n(" + title + ")", e);
    }
  }
}
