package org.mosstack.sim;

/**
 * The properties of one direction of a {@link SimLink}. A plain value with chaining setters; a
 * run's plan doesn't change once the run has started. Probabilities are 0 to 1, times in
 * nanoseconds.
 */
final class LinkPlan {
  /** Rate, counting whole frames; 0 for no limit. */
  long bitsPerSecond;

  /** Capacity of the link's queue in bytes; packets beyond it are lost (drop-tail). */
  int queueBytes = 1 << 20;

  /** Queued bytes from which ECN-capable packets are marked (RFC 3168); 0 for never. */
  int markBytes;

  long delayNanos;
  long jitterNanos;

  /** Whether jitter makes packets overtake each other. */
  boolean jitterReorders;

  double loss;

  /** Gilbert-Elliott: probabilities that a burst begins, that it ends, and of loss within it. */
  double burstBegins;

  double burstEnds;
  double burstLoss;

  /** One in this many packets is lost; 0 for none. */
  int everyNth;

  Target target = Target.NONE;

  /** Number of a flow's segments matching the target that are lost, starting with the first. */
  int targetTimes;

  double duplicate;
  double corrupt;
  double reorder;

  /** Maximum delay of a reordered packet. */
  long reorderNanos = 5_000_000;

  FalseClaim claim = FalseClaim.NONE;
  double claims;

  LinkPlan rate(long bits, int bytesQueued) {
    bitsPerSecond = bits;
    queueBytes = bytesQueued;
    return this;
  }

  LinkPlan markFrom(int bytesQueued) {
    markBytes = bytesQueued;
    return this;
  }

  LinkPlan delay(long nanos, long jitter) {
    delayNanos = nanos;
    jitterNanos = jitter;
    return this;
  }

  LinkPlan loss(double probability) {
    loss = probability;
    return this;
  }

  LinkPlan bursts(double begins, double ends, double lost) {
    burstBegins = begins;
    burstEnds = ends;
    burstLoss = lost;
    return this;
  }

  LinkPlan everyNth(int n) {
    everyNth = n;
    return this;
  }

  LinkPlan target(Target which, int times) {
    target = which;
    targetTimes = times;
    return this;
  }

  LinkPlan duplicate(double probability) {
    duplicate = probability;
    return this;
  }

  LinkPlan corrupt(double probability) {
    corrupt = probability;
    return this;
  }

  LinkPlan reorder(double probability, long nanos) {
    reorder = probability;
    reorderNanos = nanos;
    return this;
  }

  LinkPlan claim(FalseClaim which, double probability) {
    claim = which;
    claims = probability;
    return this;
  }

  /** Whether segments may be lost in transit, so that a handshake can fail. */
  boolean isLossy() {
    return loss > 0
        || burstBegins > 0
        || everyNth > 0
        || target != Target.NONE
        || corrupt > 0
        || bitsPerSecond > 0
        || claims > 0;
  }

  @Override
  public String toString() {
    StringBuilder s = new StringBuilder();
    s.append("delay ").append(delayNanos / 1000).append(" us");
    add(s, jitterNanos > 0, ", jitter " + jitterNanos / 1000 + " us");
    add(s, jitterReorders, " that reorders");
    add(s, bitsPerSecond > 0, ", " + bitsPerSecond + " bit/s behind " + queueBytes + " bytes");
    add(s, markBytes > 0, " marked from " + markBytes);
    add(s, loss > 0, ", loss " + loss);
    add(s, burstBegins > 0, ", bursts " + burstBegins + "/" + burstEnds + "/" + burstLoss);
    add(s, everyNth > 0, ", loss of each " + everyNth + "th");
    add(s, target != Target.NONE, ", loss of " + target + " " + targetTimes + " times");
    add(s, duplicate > 0, ", duplicates " + duplicate);
    add(s, corrupt > 0, ", corruption " + corrupt);
    add(s, reorder > 0, ", reordering " + reorder + " by " + reorderNanos / 1000 + " us");
    add(s, claims > 0, ", false claims " + claim + " " + claims);
    return s.toString();
  }

  private static void add(StringBuilder s, boolean applies, String text) {
    if (applies) {
      s.append(text);
    }
  }
}
