package org.mosstack.spring;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalysisReporter;

/** What Spring Boot says about starts that fail. */
public final class Reported implements FailureAnalysisReporter {
  static final BlockingQueue<FailureAnalysis> ANALYSES = new LinkedBlockingQueue<>();

  /** Created by Spring. */
  public Reported() {}

  @Override
  public void report(FailureAnalysis analysis) {
    ANALYSES.add(analysis);
  }
}
