package org.mosstack.interop;

import java.util.List;

/**
 * How a sender finds out that the last two segments of a connection were lost (RFC 8985): it sends
 * the last one again, the peer says by SACK that it has it, and gets the one before.
 */
final class TailProbe {
  /** Half of Linux' least RTO, which a segment's end isn't to wait for. */
  private static final double MOST_SECONDS = 0.19;

  private final String sender;
  private long next;
  private long beforeLast;
  private long last;
  private double lastSent;
  private boolean probed;
  private double waited;
  private boolean lastWasProbed;
  private boolean told;
  private boolean filled;

  private TailProbe(String sender) {
    this.sender = sender;
  }

  /** Looks at all segments of a connection, in order, for what one address did. */
  static TailProbe by(String sender, List<Segment> segments) {
    TailProbe probe = new TailProbe(sender);
    segments.forEach(probe::take);
    return probe;
  }

  /** Returns whether all went as it should, well before the retransmission timeout. */
  boolean succeeded() {
    return lastWasProbed && waited < MOST_SECONDS && told && filled;
  }

  private void take(Segment segment) {
    if (!segment.source().equals(sender)) {
      told |= probed && segment.blocks().size() == 1 && segment.blocks().getFirst().left() == last;
    } else if (segment.hasData()) {
      takeData(segment);
    }
  }

  private void takeData(Segment segment) {
    if (segment.sequence() >= next) {
      beforeLast = last;
      last = segment.sequence();
      lastSent = segment.seconds();
      next = segment.end();
    } else if (!probed) {
      probed = true;
      waited = segment.seconds() - lastSent;
      lastWasProbed = segment.sequence() == last;
    } else if (segment.sequence() == beforeLast) {
      filled = told;
    }
  }

  @Override
  public String toString() {
    return "probe of the last segment: %s, after %.1f ms; told by SACK: %s, then filled: %s"
        .formatted(lastWasProbed, waited * 1000, told, filled);
  }
}
