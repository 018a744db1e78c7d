package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mosstack.testkit.program.Program;

/**
 * A program that has ended.
 *
 * @param program the program
 * @param exitCode its exit code
 */
record Outcome(Program program, int exitCode) {
  /** Waits for a program's end; fails, and ends the program, if the time is up. */
  static Outcome of(Program program, Duration limit) throws InterruptedException {
    return new Outcome(program, program.exitCode(limit));
  }

  /** Asserts that the exit code is this. */
  Outcome assertExitCode(int code) {
    assertEquals(code, exitCode, () -> program.describe("exit code " + exitCode));
    return this;
  }

  /** Asserts that there is a line that has a match. */
  Outcome assertLine(String pattern) {
    assertTrue(count(pattern) > 0, () -> program.describe("no line matches " + pattern));
    return this;
  }

  /** Asserts that there is one line, and that it has a match. */
  Outcome assertOnlyLine(String pattern) {
    assertEquals(1, program.lines().size(), () -> program.describe("not one line"));
    return assertLine(pattern);
  }

  /** Asserts that this many lines have a match. */
  Outcome assertLines(int count, String pattern) {
    assertEquals(count, count(pattern), () -> program.describe("lines that match " + pattern));
    return this;
  }

  /** Asserts that epwget has completed this many connections, and no connection has failed. */
  Outcome assertCompleted(int flows) {
    return assertExitCode(0)
        .assertLine("^Completed " + flows + " connections, errors: 0 incompletes: 0$");
  }

  /** Returns what the first group of the pattern matches in the first line that has a match. */
  String find(String pattern) {
    return matches(pattern)
        .findFirst()
        .orElseThrow(() -> new AssertionError(program.describe("no line matches " + pattern)))
        .group(1);
  }

  /** Returns how many lines have a match. */
  long count(String pattern) {
    return matches(pattern).count();
  }

  /** Returns the first match of each line that has one. */
  private Stream<MatchResult> matches(String pattern) {
    Pattern compiled = Pattern.compile(pattern);
    return program.lines().stream().flatMap(line -> compiled.matcher(line).results().limit(1));
  }
}
