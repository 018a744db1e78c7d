package org.mosstack.tcp;

import java.util.function.BiConsumer;
import org.mosstack.socket.TcpConnection;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.scoreboard.StepCount;

/**
 * A core's work is proportional to its traffic: limits the steps of {@link StepCount} in each turn.
 *
 * <p>Every segment received or sent earns some steps. Unspent steps are saved, but only up to what
 * the outstanding data may still cost once, when it is acknowledged, lost or delivered: a loop that
 * walks all of it again and again soon exhausts them.
 */
public final class CostRule {
  /**
   * Steps that a segment earns with hundreds in flight: four SACK blocks that are found in the
   * scoreboard by bisection, and a few steps for each. 24 sufficed for 23,000 connections.
   */
  public static final int STEPS_PER_SEGMENT = 48;

  /** Lost, found again and sorted (which takes longer the more there are), and acknowledged. */
  private static final int OUTSTANDING_SHARE = 6;

  /** Steps that a core may spend at once with nothing outstanding. */
  private static final int STEPS_AT_ONCE = 128;

  private final int stepsPerSegment;
  private final BiConsumer<String, String> broken;
  private long segments;
  private long steps;
  private long credit = STEPS_AT_ONCE;

  /**
   * Creates a rule for one core.
   *
   * @param stepsPerSegment steps for each segment received or sent: {@link #STEPS_PER_SEGMENT}, or
   *     more if more are in flight
   * @param broken receives the name of the rule when it is broken, and how
   */
  public CostRule(int stepsPerSegment, BiConsumer<String, String> broken) {
    this.stepsPerSegment = stepsPerSegment;
    this.broken = broken;
  }

  /**
   * Checks the core after a turn.
   *
   * @param any any present or past connection of that core
   * @param outstanding what its connections hold; see {@link #outstanding}
   */
  public void check(TcpConnection any, long outstanding) {
    TcpCore core = ((Tcb) any).core;
    long nowSegments =
        core.counters().get(Counter.TCP_SEGMENTS_RECEIVED)
            + core.counters().get(Counter.TCP_SEGMENTS_SENT);
    long nowSteps = core.steps.total();
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

  /** Returns the segments in flight plus the packets and blocks that wait for gaps to be filled. */
  public static long outstanding(TcpConnection c) {
    long inFlight = ((Tcb) c).scoreboard == null ? 0 : ((Tcb) c).scoreboard.segments();
    return ((Tcb) c).reassembly == null
        ? inFlight
        : inFlight + ((Tcb) c).reassembly.blocks() + ((Tcb) c).reassembly.buffers();
  }
}
