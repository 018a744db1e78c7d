package org.mosstack.interop;

import static org.junit.platform.commons.support.AnnotationSupport.findAnnotation;

import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Skips what {@link Needs} something that isn't there, and says how to get it. */
final class NeedsCondition implements ExecutionCondition {
  private static final ConditionEvaluationResult MET =
      ConditionEvaluationResult.enabled("nothing is missing");

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    Optional<Needs> needs = context.getElement().flatMap(e -> findAnnotation(e, Needs.class));
    return needs.stream()
        .flatMap(n -> Arrays.stream(n.value()))
        .filter(need -> !need.isMet())
        .map(need -> ConditionEvaluationResult.disabled(need.remedy))
        .findFirst()
        .orElse(MET);
  }
}
