package org.mosstack.tcp.congestion;

/** Feeds a congestion control acknowledgments, mostly those of a steady flow. */
final class Acks {
  static final int MSS = 1000;
  static final long MILLI = 1_000_000;

  final CongestionControl control;
  final AckSample sample = new AckSample();
  long rttNanos = 100 * MILLI;
  long now = 1_000 * MILLI;
  boolean windowLimited = true;
  boolean sackPermitted = true;

  /** Bytes in flight, for {@link #inRecovery}. */
  int underWay;

  Acks(CongestionControl control) {
    this.control = control;
    control.reset(MSS, rttNanos);
  }

  /** Acknowledges new data. */
  void ack(int bytes) {
    ack(bytes, bytes);
  }

  /** Acknowledges data, some of which was already known to have arrived. */
  void ack(int bytes, int delivered) {
    begin(bytes);
    sample.delivered = delivered;
    sample.underWay = control.cwnd();
    sample.underWayWhenSent = windowLimited ? control.cwnd() : 0;
    control.onAck(sample);
  }

  private void begin(int bytes) {
    sample.begin(now, underWay, underWay, sackPermitted);
    sample.acked = bytes;
    sample.delivered = bytes;
    sample.rttNanos = rttNanos;
    sample.srttNanos = rttNanos;
    sample.windowLimited = windowLimited;
  }

  /** Acknowledges a window's worth of segments one by one over a round trip. */
  void round() {
    round(1);
  }

  /** Acknowledges a window's worth of segments over a round trip, {@code atATime} per ACK. */
  void round(int atATime) {
    int segments = control.cwnd() / MSS;
    long start = now;
    for (int i = 0; i < segments; i += atATime) {
      int n = Math.min(atATime, segments - i);
      now = start + rttNanos * (i + n) / segments;
      ack(n * MSS);
    }
  }

  void rounds(int count) {
    for (int i = 0; i < count; i++) {
      round();
    }
  }

  /** Acknowledges bytes, cumulatively or selectively, during a recovery. */
  void inRecovery(int delivered, int acked, int lost) {
    begin(acked);
    underWay -= delivered;
    sample.underWay = underWay;
    sample.delivered = delivered;
    sample.lost = lost;
    sample.recovering = true;
    control.onAck(sample);
  }

  /** Sends as many segments as the window has room for. */
  int send() {
    int sent = 0;
    while (underWay + MSS <= control.cwnd()) {
      underWay += MSS;
      control.onSentInRecovery(MSS);
      sent++;
    }
    return sent;
  }

  /** A loss that costs no more than the decrease, with a full window in flight. */
  void lossAndRecovery() {
    control.onCongestion(control.cwnd(), control.cwnd(), false, now);
    control.onRecovered(control.ssthresh());
  }
}
