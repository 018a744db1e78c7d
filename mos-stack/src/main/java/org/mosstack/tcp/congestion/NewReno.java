package org.mosstack.tcp.congestion;

/** Grows the window by a segment per round trip, and halves it on loss (RFC 5681). */
public final class NewReno extends LossBased {
  /** beta_ecn of RFC 8511 section 3.1, in percent: a queue that marks is a short one. */
  private static final int ECHOED_BETA_PERCENT = 80;

  private int bytesAcked;

  NewReno() {
    super(false);
  }

  @Override
  void forget() {
    bytesAcked = 0;
  }

  @Override
  void restart() {
    bytesAcked = 0;
  }

  @Override
  void restartAfterTimeout() {
    restart();
  }

  /** Appropriate byte counting (RFC 3465 section 2.1). */
  @Override
  void avoid(AckSample ack) {
    bytesAcked += ack.acked;
    if (bytesAcked >= cwnd) {
      bytesAcked -= cwnd;
      cwnd += mss;
    }
  }

  @Override
  int reduced(int window, boolean echoed) {
    return echoed
        ? (int) ((long) window * ECHOED_BETA_PERCENT / 100)
        : window / 2; // RFC 5681 equation 4
  }

  @Override
  void save() {
    // the window and the threshold are all there is
  }

  @Override
  void restore() {
    bytesAcked = 0;
  }

  @Override
  void unused(long now) {
    // doesn't depend on time
  }
}
