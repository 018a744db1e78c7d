package org.mosstack.sim;

import java.util.List;
import java.util.Map;

/**
 * The result of a run.
 *
 * @param rule name of the rule that was broken, or null
 * @param failure who broke it how, or null
 * @param connections number opened
 * @param complete number whose every byte arrived and whose ends both closed in an orderly way
 * @param segments number sent by both stacks
 * @param virtualNanos virtual time that passed in the run
 * @param digest of everything sent, with times: equal for equal runs
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
