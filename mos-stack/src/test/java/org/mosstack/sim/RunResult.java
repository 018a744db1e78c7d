package org.mosstack.sim;

import java.util.List;
import java.util.Map;

/**
 * What came of a run.
 *
 * @param rule name of the rule that was broken, or null
 * @param failure who broke it how, or null
 * @param connections that were opened
 * @param complete those of which every byte arrived and both ends closed in order
 * @param segments that both stacks sent
 * @param virtualNanos time that passed in the run
 * @param digest of all that was sent and when: equal for equal runs
 * @param faults how many of each kind struck
 * @param struck the faults' numbers, see {@link FaultLog}
 */
record RunResult(
    String rule,
    String failure,
    int connections,
    int complete,
    long segments,
    long virtualNanos,
    long digest,
    Map<FaultKind, Long> faults,
    List<Long> struck) {
  boolean failed() {
    return rule != null;
  }
}
