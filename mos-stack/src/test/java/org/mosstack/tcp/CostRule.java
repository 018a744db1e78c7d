package org.mosstack.tcp;

import java.util.function.BiConsumer;
import org.mosstack.stats.Counter;

/**
 * What a core does is in proportion to what comes and goes: the steps of {@link StepCount}, each
 * turn.
 *
 * <p>Every segment received or sent pays for some steps. What isn't spent is kept, but only as much
 * as what is outstanding may still cost once, when it is acknowledged, lost or delivered: a loop
 * that walks all of it again and again has soon spent that.
 */
public final class CostRule {
  /** Four SACK blocks that halve their way through a scoreboard, and a few steps in each. */
  static final int STEPS_PER_SEGMENT = 96;

  /** Told of, lost, found again and sorted, and told of again. */
  static final int STEPS_PER_OUTSTANDING = 16;

  /** What a core may spend at once with nothing outstanding. */
  static final int STEPS_AT_ONCE = 256;

  private final BiConsumer<String, String> broken;
  private long segments;
  private long steps;
  private long credit = STEPS_AT_ONCE;

  /**
   * A rule for one core.
   *
   * @param broken given the name of the rule when it is broken, and how
   */
  public CostRule(BiConsumer<String, String> broken) {
    this.broken = broken;
  }

  /**
   * Looks at the core after a turn.
   *
   * @param any a connection of that core, of now or before
   * @param outstanding what its connections hold; see {@link #outstanding}
   */
  public void check(TcpConnection any, long outstanding) {
    TcpCore core = any.core;
    long nowSegments =
        core.counters().get(Counter.TCP_SEGMENTS_RECEIVED)
            + core.counters().get(Counter.TCP_SEGMENTS_SENT);
    long nowSteps = core.steps().total();
    long earned = STEPS_PER_SEGMENT * (nowSegments - segments);
    long spent = nowSteps - steps;
    if (spent > credit + earned) {
      broken.accept(
          "cost",
          spent + " steps in a turn, for " + earned + " and the " + credit + " left before");
    }
    credit = Math.min(credit + earned - spent, STEPS_AT_ONCE + STEPS_PER_OUTSTANDING * outstanding);
    segments = nowSegments;
    steps = nowSteps;
  }

  /** Segments in flight, and the packets and blocks that wait for gaps to fill. */
  public static long outstanding(TcpConnection c) {
    long flight = c.flight == null ? 0 : c.flight.segments();
    return c.reassembly == null ? flight : flight + c.reassembly.blocks() + c.reassembly.buffers();
  }
}
