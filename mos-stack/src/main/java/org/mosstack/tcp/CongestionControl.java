package org.mosstack.tcp;

/**
 * How much may be in flight: one object per connection, told what the network did. Sizes are bytes,
 * times nanoseconds. On the core's thread.
 *
 * <p>Loss detection ({@link LossRecovery}) says what happened; this says how much less, or more,
 * may be sent.
 */
interface CongestionControl {
  /** Starts anew with an initial window for this segment size. */
  void reset(int mss);

  /** Goes on in another control's place, with its window and threshold. */
  void takeOver(int mss, int cwnd, int ssthresh);

  /** The handshake needed a retransmission: one segment to start with (RFC 5681 section 3.1). */
  void onHandshakeTimeout();

  /** The effective segment size shrank (path MTU discovery). */
  void mss(int mss);

  /** Congestion window. */
  int cwnd();

  /** Slow-start threshold. */
  int ssthresh();

  /**
   * New data was acknowledged outside recovery.
   *
   * @param acked bytes newly acknowledged
   * @param windowLimited whether the window, not the application, held the sender back
   */
  void onAck(int acked, boolean windowLimited);

  /** The third duplicate ACK: recovery starts with {@code flight} bytes outstanding. */
  void onEnterRecovery(int flight);

  /** A further duplicate ACK in recovery: a segment has left the network. */
  void onDuplicateAck();

  /** A partial ACK in recovery acknowledged {@code acked} bytes. */
  void onPartialAck(int acked);

  /** Recovery is over with {@code flight} bytes outstanding. */
  void onExitRecovery(int flight);

  /** The retransmission timer expired with {@code flight} bytes outstanding. */
  void onTimeout(int flight);

  /** Nothing was sent for longer than the retransmission timeout (RFC 5681 section 4.1). */
  void onIdle();
}
