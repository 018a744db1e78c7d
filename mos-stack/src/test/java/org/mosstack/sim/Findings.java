package org.mosstack.sim;

/**
 * The first broken rule of a run. It is kept, and looked at between turns, as an exception that is
 * thrown in the midst of one could be taken for the application's.
 */
final class Findings {
  private String rule;
  private String detail;

  /**
   * A rule is broken.
   *
   * @param rule its name, the same whenever it is broken
   * @param detail who broke it, and how
   */
  void report(String rule, String detail) {
    if (this.rule == null) {
      this.rule = rule;
      this.detail = detail;
    }
  }

  boolean any() {
    return rule != null;
  }

  /** Name of the rule, or null. */
  String rule() {
    return rule;
  }

  /** What was found, on one line. */
  String describe() {
    return rule + ": " + detail;
  }
}
