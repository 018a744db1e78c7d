package org.mosstack.tcp;

/**
 * Counts what one core does beyond the fixed work of a segment: the turns of those loops over
 * segments in flight, blocks, packets held and chunks whose number a peer decides. Added to once
 * per loop, and not at all by data in order or an ACK of all that is in flight, so that these cost
 * nothing; simulations assert that the steps stay in proportion to the segments
 * (docs/simulation.md).
 */
final class StepCount {
  private long total;

  /** So many turns of a loop were taken. */
  void add(int steps) {
    total += steps;
  }

  /** All steps so far. */
  long total() {
    return total;
  }
}
