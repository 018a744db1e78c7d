package org.mosstack.tcp.scoreboard;

/**
 * Counts what one core does beyond a segment's fixed work: iterations of those loops over segments
 * in flight, blocks, held packets and chunks whose number a peer controls. Updated once per loop,
 * and not at all by in-order data or an ACK of everything in flight, so that these cost nothing;
 * simulations assert that the steps stay in proportion to the segments (docs/simulation.md).
 */
public final class StepCount {
  private long total;

  /** Adds a loop's iterations. */
  public void add(int steps) {
    total += steps;
  }

  /** Total number of steps so far. */
  public long total() {
    return total;
  }
}
