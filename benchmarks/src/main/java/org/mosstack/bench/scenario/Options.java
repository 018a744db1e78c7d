package org.mosstack.bench.scenario;

/**
 * What the command line says about how to measure.
 *
 * @param quick less of everything
 * @param forks JVMs of each benchmark, or runs; null for as many as a scenario has by itself
 * @param seconds how long scenarios without a table measure
 */
public record Options(boolean quick, Integer forks, int seconds) {
  /** Returns the number of runs. */
  int runs(int usual, int ifQuick) {
    return forks != null ? forks : quick ? ifQuick : usual;
  }

  /**
   * Returns the options as they are given, each with a space before it, without {@code seconds}.
   */
  String given() {
    return (quick ? " --quick" : "") + (forks == null ? "" : " --forks " + forks);
  }
}
