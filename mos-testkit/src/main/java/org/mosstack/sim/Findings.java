package org.mosstack.sim;

/**
 * The first rule broken in a run. It is recorded and checked between turns, as an exception thrown
 * within a turn could be taken for the application's.
 */
final class Findings {
  private String rule;
  private String detail;

  /**
   * Reports a broken rule.
   *
   * @param rule the rule's name
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

  /** Returns the rule's name, or null. */
  String rule() {
    return rule;
  }

  /** Describes the finding on one line. */
  String describe() {
    return rule + ": " + detail;
  }
}
