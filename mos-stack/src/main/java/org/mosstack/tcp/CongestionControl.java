package org.mosstack.tcp;

/**
 * How much may be in flight, and how fast: one object per connection, told what the network did.
 * Sizes are bytes, times nanoseconds on the core's clock. On the core's thread; nothing here
 * allocates.
 *
 * <p>{@link LossRecovery} says what was lost; this says how much less, or more, may be sent. The
 * order of events around one acknowledgment, or one timer that finds losses:
 *
 * <ol>
 *   <li>{@link #onSegmentLost} for each segment newly taken for lost,
 *   <li>{@link #onCongestion} if that, or an echo of congestion, starts a recovery, or {@link
 *       #onRecovered} or {@link #onSpurious} if one ends,
 *   <li>{@link #onAck}, always, with the state after all of it. For a timer the sample says that
 *       nothing was acknowledged.
 * </ol>
 *
 * <p>{@link #onTimeout} is followed by no {@link #onAck}.
 */
sealed interface CongestionControl permits LossBased, Bbr {
  /**
   * Starts anew with an initial window.
   *
   * @param mss effective segment size, at least 1
   * @param srttNanos round trip that the handshake measured; 0 when it measured none
   */
  void reset(int mss, long srttNanos);

  /** Goes on in another control's place, with its window and threshold. */
  void takeOver(int mss, long srttNanos, int cwnd, int ssthresh);

  /** The handshake needed a retransmission: one segment to start with (RFC 5681 section 3.1). */
  void onHandshakeTimeout();

  /** The effective segment size changed (path MTU discovery). */
  void mss(int mss);

  /**
   * Takes sequence numbers along that were kept aside and lie behind SND.UNA: see {@link Seq#drag}.
   */
  void dragMarkers(int sndUna);

  /** Congestion window: so much may be under way. At least one segment. */
  int cwnd();

  /** Slow-start threshold; {@link Integer#MAX_VALUE} before the first congestion. */
  int ssthresh();

  /**
   * Whether it looks at the rate of delivery: {@link AckSample#deliveryRate} and what goes with it.
   */
  boolean usesDeliveryRate();

  /** Bytes a second at which to send, when sending is paced; 0 while no round trip is known. */
  long pacingRate();

  /** Most bytes that paced sending may let follow each other at once: two segments to 64 KiB. */
  default int pacingQuantum(int mss) {
    return (int) Math.clamp(pacingRate() / 1000, 2L * mss, Math.max(2L * mss, 64 * 1024));
  }

  /** Whether it doesn't work without pacing; the others leave that to a setting. */
  boolean needsPacing();

  /**
   * Whether it keeps the pipe less than full on purpose: rates measured now are those of an
   * application that has no more to send, and are to be marked so.
   */
  boolean holdsBack();

  /**
   * An acknowledgment came that delivered something, or that ends or takes part in a recovery; or a
   * timer found losses. After all other events of the same moment.
   */
  void onAck(AckSample ack);

  /** So much was sent while a recovery is under way, again or for the first time. */
  void onSentInRecovery(int bytes);

  /**
   * A segment was taken for lost.
   *
   * @param bytes its size
   * @param underWayWhenSent bytes under way when it was last sent, itself included
   * @param lostSince bytes taken for lost since then, itself included
   * @param appLimited whether the application had no more to send then
   */
  void onSegmentLost(int bytes, int underWayWhenSent, int lostSince, boolean appLimited);

  /**
   * Something was lost, or met congestion, for the first time in a window: the window is reduced
   * from here until {@link #onRecovered}. Not called again before that.
   *
   * @param flightSize sequence space sent and not acknowledged cumulatively, before this moment's
   *     acknowledgment (FlightSize of RFC 5681)
   * @param underWay what of that was neither acknowledged selectively nor taken for lost (RecoverFS
   *     of RFC 9937)
   * @param echoed whether an echo of congestion says it, and no loss (RFC 3168): sender's reaction
   *     may be milder (RFC 8511)
   */
  void onCongestion(int flightSize, int underWay, boolean echoed, long now);

  /**
   * All that was in flight at {@link #onCongestion}, or at {@link #onTimeout}, has arrived.
   *
   * @param underWay bytes under way now
   */
  void onRecovered(int underWay);

  /**
   * The retransmission timer expired, for the first time since something arrived. Everything in
   * flight is taken for lost. May come while a recovery is under way, and ends it.
   *
   * @param flightSize sequence space sent and not acknowledged cumulatively
   */
  void onTimeout(int flightSize, long now);

  /**
   * The last reduction had no reason: what was taken for lost has arrived (RFC 4015, 5682). The
   * recovery is over; {@link #onRecovered} isn't called.
   */
  void onSpurious();

  /**
   * Something is about to be sent, and nothing was under way: however short the silence was.
   *
   * @param idleNanos time since data was last sent
   * @param rtoNanos retransmission timeout
   */
  void onRestart(long idleNanos, long rtoNanos, long now);
}
