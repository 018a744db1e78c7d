package org.mosstack.spring;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says in one line why the stack can't be started, where Spring would print its stack trace. */
final class StackStartFailureAnalyzer extends AbstractFailureAnalyzer<StackStartException> {
  private static final String ACTION =
      "Correct that; or set mos.fallback=true, to be served by the kernel where the stack can't"
          + " start, or mos.enabled=false.";

  /** Created by Spring. */
  StackStartFailureAnalyzer() {}

  @Override
  protected FailureAnalysis analyze(Throwable rootFailure, StackStartException cause) {
    return new FailureAnalysis(cause.getMessage(), ACTION, cause);
  }
}
