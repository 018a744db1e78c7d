package org.mosstack.tcp;

/** Slow start, congestion avoidance and window handling of RFC 5681 and RFC 6582. */
final class NewReno implements CongestionControl {
  /** Initial window in segments, and its bound in bytes (RFC 6928 section 2). */
  private static final int INITIAL_WINDOW_SEGMENTS = 10;

  private static final int INITIAL_WINDOW_BYTES = 14600;

  /** L of RFC 3465 section 2.3: at most two segments of growth per ACK in slow start. */
  private static final int ABC_LIMIT_SEGMENTS = 2;

  /** More than any 30-bit window needs; keeps sums from overflowing. */
  private static final int MAX_CWND = 1 << 30;

  private int mss;
  private int cwnd;
  private int ssthresh;
  private int bytesAcked;

  @Override
  public void reset(int mss) {
    this.mss = mss;
    cwnd = initialWindow();
    ssthresh = Integer.MAX_VALUE;
    bytesAcked = 0;
  }

  private int initialWindow() {
    return Math.min(INITIAL_WINDOW_SEGMENTS * mss, Math.max(2 * mss, INITIAL_WINDOW_BYTES));
  }

  @Override
  public void takeOver(int mss, int cwnd, int ssthresh) {
    this.mss = mss;
    this.cwnd = cwnd;
    this.ssthresh = ssthresh;
    bytesAcked = 0;
  }

  @Override
  public void onHandshakeTimeout() {
    cwnd = mss;
  }

  @Override
  public void mss(int mss) {
    this.mss = mss;
  }

  @Override
  public int cwnd() {
    return cwnd;
  }

  @Override
  public int ssthresh() {
    return ssthresh;
  }

  @Override
  public void onAck(int acked, boolean windowLimited) {
    if (!windowLimited) {
      return; // RFC 9293 and RFC 7661: a window that isn't used tells nothing about the path
    }
    if (cwnd < ssthresh) {
      cwnd = Math.min(cwnd + Math.min(acked, ABC_LIMIT_SEGMENTS * mss), MAX_CWND);
      return;
    }
    bytesAcked += acked;
    if (bytesAcked >= cwnd) {
      bytesAcked -= cwnd;
      cwnd = Math.min(cwnd + mss, MAX_CWND);
    }
  }

  @Override
  public void onEnterRecovery(int flight) {
    ssthresh = halfOf(flight);
    cwnd = ssthresh + 3 * mss;
    bytesAcked = 0;
  }

  @Override
  public void onDuplicateAck() {
    cwnd = Math.min(cwnd + mss, MAX_CWND);
  }

  @Override
  public void onPartialAck(int acked) {
    // RFC 6582 section 3.2 step 3: deflate by what was acknowledged, add one segment back.
    cwnd = Math.max(cwnd - acked, mss);
    if (acked >= mss) {
      cwnd += mss;
    }
  }

  @Override
  public void onExitRecovery(int flight) {
    cwnd = Math.min(ssthresh, Math.max(flight, mss) + mss);
  }

  @Override
  public void onTimeout(int flight) {
    ssthresh = halfOf(flight);
    cwnd = mss;
    bytesAcked = 0;
  }

  @Override
  public void onIdle() {
    cwnd = Math.min(cwnd, initialWindow());
  }

  private int halfOf(int flight) {
    return Math.max(flight / 2, 2 * mss);
  }
}
