package org.mosstack.device;

/**
 * What a {@link FaultInjector} does to the packets of one direction. Derived from {@link #NONE}
 * with the {@code with} methods.
 *
 * @param loss probability that a packet is lost, 0 to 1
 * @param duplicate probability that a packet is duplicated, 0 to 1
 * @param corrupt probability that a packet has some bits of one byte inverted, 0 to 1
 * @param reorder probability that a packet is held back behind later ones, 0 to 1
 * @param reorderPackets most later packets that overtake a held one, at least 1; the number is
 *     drawn at random for each
 * @param reorderNanos nanoseconds after which a held packet is released even if no others came, at
 *     least 0
 * @param delayNanos nanoseconds by which each packet is delayed, at least 0
 * @param jitterNanos most additional nanoseconds, drawn at random for each packet, at least 0; it
 *     doesn't reorder packets
 * @param bitsPerSecond rate of the link, at least 0; 0 for no limit
 * @param queuePackets most packets that delay and rate hold, at least 1; any beyond that are lost,
 *     as at a full router
 */
public record Faults(
    double loss,
    double duplicate,
    double corrupt,
    double reorder,
    int reorderPackets,
    long reorderNanos,
    long delayNanos,
    long jitterNanos,
    long bitsPerSecond,
    int queuePackets) {
  /** No faults. */
  public static final Faults NONE = new Faults(0, 0, 0, 0, 3, 5_000_000, 0, 0, 0, 1000);

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException outside them
   */
  public Faults {
    probability("loss", loss);
    probability("duplicate", duplicate);
    probability("corrupt", corrupt);
    probability("reorder", reorder);
    atLeast("reorderPackets", reorderPackets, 1);
    atLeast("reorderNanos", reorderNanos, 0);
    atLeast("delayNanos", delayNanos, 0);
    atLeast("jitterNanos", jitterNanos, 0);
    atLeast("bitsPerSecond", bitsPerSecond, 0);
    atLeast("queuePackets", queuePackets, 1);
  }

  private static void probability(String name, double value) {
    if (!(value >= 0 && value <= 1)) { // this form also rejects NaN
      throw new IllegalArgumentException(name + " " + value + ", 0 to 1");
    }
  }

  private static void atLeast(String name, long value, long least) {
    if (value < least) {
      throw new IllegalArgumentException(name + " " + value + ", at least " + least);
    }
  }

  /** These faults, with packets lost with this probability. */
  public Faults withLoss(double probability) {
    return new Faults(
        probability,
        duplicate,
        corrupt,
        reorder,
        reorderPackets,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queuePackets);
  }

  /** These faults, with packets duplicated with this probability. */
  public Faults withDuplicate(double probability) {
    return new Faults(
        loss,
        probability,
        corrupt,
        reorder,
        reorderPackets,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queuePackets);
  }

  /** These faults, with packets corrupted with this probability. */
  public Faults withCorrupt(double probability) {
    return new Faults(
        loss,
        duplicate,
        probability,
        reorder,
        reorderPackets,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queuePackets);
  }

  /** These faults, with packets held back with this probability. */
  public Faults withReorder(double probability) {
    return withReorder(probability, reorderPackets, reorderNanos);
  }

  /** These faults, with packets held back behind at most so many others, or for that long. */
  public Faults withReorder(double probability, int packets, long nanos) {
    return new Faults(
        loss,
        duplicate,
        corrupt,
        probability,
        packets,
        nanos,
        delayNanos,
        jitterNanos,
        bitsPerSecond,
        queuePackets);
  }

  /** These faults, with each packet delayed by {@code nanos} and a random part of the jitter. */
  public Faults withDelay(long nanos, long jitter) {
    return new Faults(
        loss,
        duplicate,
        corrupt,
        reorder,
        reorderPackets,
        reorderNanos,
        nanos,
        jitter,
        bitsPerSecond,
        queuePackets);
  }

  /** These faults, with a link of this rate in front of which so many packets may queue. */
  public Faults withRate(long bits, int packets) {
    return new Faults(
        loss,
        duplicate,
        corrupt,
        reorder,
        reorderPackets,
        reorderNanos,
        delayNanos,
        jitterNanos,
        bits,
        packets);
  }

  /** Whether every packet passes at once and unchanged. */
  boolean isNone() {
    return loss == 0 && duplicate == 0 && corrupt == 0 && reorder == 0 && !takesTime();
  }

  /** Whether packets spend time here even when none is reordered. */
  boolean takesTime() {
    return delayNanos != 0 || jitterNanos != 0 || bitsPerSecond != 0;
  }
}
