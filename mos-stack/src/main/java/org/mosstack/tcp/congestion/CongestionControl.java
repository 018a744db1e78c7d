package org.mosstack.tcp.congestion;

import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.tcp.segment.Seq;

/**
 * Decides how much may be in flight, and how fast it is sent, by what the network does. One object
 * per connection. Sizes are in bytes, times in nanoseconds on the core's clock. On the core's
 * thread; no event allocates, except for the HyStart++ state of a first slow start.
 *
 * <p>Loss recovery determines what was lost; this determines how much less, or more, may be sent.
 * The order of events for one acknowledgment, or one timer that detects losses:
 *
 * <ol>
 *   <li>{@link #onSegmentLost} for each segment newly marked lost,
 *   <li>{@link #onCongestion} if that, or an echo of congestion, starts a recovery, or {@link
 *       #onRecovered} or {@link #onSpurious} if one ends,
 *   <li>{@link #onAck}, always, with the state after all of it. For a timer, the sample has nothing
 *       acknowledged.
 * </ol>
 *
 * <p>No {@link #onAck} follows {@link #onTimeout}.
 */
public sealed interface CongestionControl permits LossBased, BbrParameters {
  /** Creates a control, which must be reset before use. */
  static CongestionControl create(CongestionAlgorithm algorithm) {
    return switch (algorithm) {
      case NEWRENO -> new NewReno();
      case CUBIC -> new Cubic();
      case BBR -> new Bbr();
    };
  }

  /**
   * Starts over with an initial window.
   *
   * @param mss effective segment size, at least 1
   * @param srttNanos round-trip time measured by the handshake; 0 if it measured none
   */
  void reset(int mss, long srttNanos);

  /** Takes over from another control, with its window and threshold. */
  void takeOver(int mss, long srttNanos, int cwnd, int ssthresh);

  /** The handshake needed a retransmission: starts with one segment (RFC 5681 section 3.1). */
  void onHandshakeTimeout();

  /** The effective segment size changed (path MTU discovery). */
  void mss(int mss);

  /** Drags along stored sequence numbers that lie behind SND.UNA; see {@link Seq#drag}. */
  void dragMarkers(int sndUna);

  /** Congestion window: the most that may be under way. At least one segment. */
  int cwnd();

  /** Slow-start threshold; {@link Integer#MAX_VALUE} before the first congestion. */
  int ssthresh();

  /** Whether it uses {@link AckSample#deliveryRate} and the fields that go with it. */
  boolean usesDeliveryRate();

  /** Pacing rate, in bytes per second; 0 while no round-trip time is known. */
  long pacingRate();

  /** Most bytes that paced sending may send in one burst: two segments to 64 KiB. */
  default int pacingQuantum(int mss) {
    return (int) Math.clamp(pacingRate() / 1000, 2L * mss, Math.max(2L * mss, 64 * 1024));
  }

  /** Whether it requires pacing; the others leave that to a setting. */
  boolean needsPacing();

  /**
   * Whether it deliberately keeps the pipe less than full: rates measured now must be marked as
   * application-limited.
   */
  boolean holdsBack();

  /**
   * An acknowledgment delivered something, or ends or takes part in a recovery; or a timer detected
   * losses. Called after all other events of the same moment.
   */
  void onAck(AckSample ack);

  /** This much was sent during recovery, retransmitted or new. */
  void onSentInRecovery(int bytes);

  /**
   * A segment was marked lost.
   *
   * @param bytes its size
   * @param underWayWhenSent bytes under way when it was last sent, itself included
   * @param lostSince bytes marked lost since then, itself included
   * @param appLimited whether the application had no more to send then
   */
  void onSegmentLost(int bytes, int underWayWhenSent, int lostSince, boolean appLimited);

  /**
   * Something was lost, or met congestion, for the first time in a window: reduces the window from
   * here until {@link #onRecovered}. Not called again before that.
   *
   * @param flightSize sequence space sent but not cumulatively acknowledged, before this moment's
   *     acknowledgment (FlightSize of RFC 5681)
   * @param underWay the part of it that was neither selectively acknowledged nor marked lost
   *     (RecoverFS of RFC 9937)
   * @param echoed whether an echo of congestion (RFC 3168), not a loss, shows it: the sender's
   *     reaction may be milder (RFC 8511)
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
   * flight is marked lost. May come during a recovery, and ends it.
   *
   * @param flightSize sequence space sent but not cumulatively acknowledged
   */
  void onTimeout(int flightSize, long now);

  /**
   * The last reduction was spurious: what was marked lost has arrived (RFC 4015, RFC 5682). The
   * recovery is over; {@link #onRecovered} isn't called.
   */
  void onSpurious();

  /**
   * Something is about to be sent while nothing is under way, however short the idle time.
   *
   * @param idleNanos time since data was last sent
   * @param rtoNanos retransmission timeout
   */
  void onRestart(long idleNanos, long rtoNanos, long now);
}
