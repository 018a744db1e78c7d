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
  /**
   * What a segment pays for where hundreds are in flight: four SACK blocks that halve their way
   * through the scoreboard, and a few steps in each. 24 were enough for 23,000 connections.
   */
  public static final int STEPS_PER_SEGMENT = 48;

  /** Lost, found again and sorted, which takes more where there are more; and told of. */
  private static final int OUTSTANDING_SHARE = 6;

  /** What a core may spend at once with nothing outstanding. */
  private static final int STEPS_AT_ONCE = 128;

  private final int stepsPerSegment;
  private final BiConsumer<String, String> broken;
  private long segments;
  private long steps;
  private long credit = STEPS_AT_ONCE;

  /**
   * A rule for one core.
   *
   * @param stepsPerSegment for each received or sent: {@link #STEPS_PER_SEGMENT}, or more where
   *     more are in flight
   * @param broken given the name of the rule when it is broken, and how
   */
  public CostRule(int stepsPerSegment, BiConsumer<String, String> broken) {
    this.stepsPerSegment = stepsPerSegment;
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
    long earned = stepsPerSegment * (nowSegments - segments);
    long spent = nowSteps - steps;
    if (spent > credit + earned) {
      broken.accept(
          "cost",
          spent + " steps in a turn, for " + earned + " and the " + credit + " left before");
    }
    long most = STEPS_AT_ONCE + stepsPerSegment / OUTSTANDING_SHARE * outstanding;
    credit = Math.clamp(credit + earned - spent, 0, most);
    segments = nowSegments;
    steps = nowSteps;
  }

  /** Segments in flight, and the packets and blocks that wait for gaps to fill. */
  public static long outstanding(TcpConnection c) {
    long flight = c.flight == null ? 0 : c.flight.segments();
    return c.reassembly == null ? flight : flight + c.reassembly.blocks() + c.reassembly.buffers();
  }
}
