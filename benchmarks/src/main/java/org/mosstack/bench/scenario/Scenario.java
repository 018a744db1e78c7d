package org.mosstack.bench.scenario;

import java.io.IOException;
import java.util.List;

/** A kind of scenario. */
interface Scenario {
  /**
   * Measures; all that it starts may be left to the run to end.
   *
   * @throws IOException if a program can't be started, or what it prints isn't what it should be
   * @throws AssertionError if a program fails
   */
  void measure(Run run) throws IOException, InterruptedException;

  /** Returns the programs that it starts and that may be missing. */
  default List<Need> needs() {
    return List.of();
  }

  /** Returns whether its outcome is lines of text, kept by commit, instead of figures in tables. */
  default boolean isText() {
    return false;
  }
}
