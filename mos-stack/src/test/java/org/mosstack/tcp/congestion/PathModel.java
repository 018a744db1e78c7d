package org.mosstack.tcp.congestion;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.SplittableRandom;
import org.mosstack.tcp.segment.Segment;

/**
 * A sender with one congestion control, and a path with one queue, in virtual time: each segment is
 * acknowledged by itself, and counts as lost once three later ones are. All fields may be changed
 * between two calls of {@link #run}.
 */
public final class PathModel {
  static final long MILLI = 1_000_000;
  static final long SECOND = 1_000 * MILLI;
  static final int MSS = 1000;

  private static final int DUP_THRESHOLD = 3;
  private static final long RTO_NANOS = 1 * SECOND;

  /** Bytes per second. */
  long rate = 10_000_000;

  /** Round-trip time without queueing. */
  long rttNanos = 40 * MILLI;

  /** Capacity of the queue in bytes. */
  int queueLimit = 1 << 20;

  /** Segments lost out of 1000, whatever the queue. */
  int lossPerMille;

  /** Bytes per second that the application writes; 0 for more than can be sent. */
  long appRate;

  boolean paced;

  final CongestionControl control;
  final AckSample ack = new AckSample();
  private final SplittableRandom random;

  long now = SECOND;
  long delivered;
  long lostBytes;
  int congestions;
  int timeouts;

  /** Most and fewest bytes in the queue since {@link #forgetExtremes}. */
  int longestQueue;

  int shortestQueue;
  int leastUnderWay;

  private long linkFree;
  private long lastAck;
  private int order;
  private int next;
  private int una;
  private final BitSet received = new BitSet();
  private final ArrayDeque<Segment> outstanding = new ArrayDeque<>();
  private final ArrayDeque<Segment> lost = new ArrayDeque<>();
  private int underWay;
  private int sentUnderWay;
  private long firstSent;
  private long deliveredNanos;
  private long appLimitedUntil = 1;
  private long srtt;
  private long nextSend;
  private long lastSent;
  private double written;
  private long writtenAt = now;
  private int recoveryPoint = -1;
  private boolean reducing;

  private static final class Segment {
    int seq;
    int order;
    long sent;
    long arrives;
    long priorDelivered;
    long priorNanos;
    long firstSent;
    int underWay;
    long lostBefore;
    boolean appLimited;
    boolean again;
  }

  PathModel(CongestionControl control, long seed) {
    this.control = control;
    random = new SplittableRandom(seed);
    control.reset(MSS, 0);
  }

  /** Runs for a time. */
  void run(long nanos) {
    long end = now + nanos;
    while (true) {
      send();
      long at = nextEvent();
      if (at > end) {
        now = end;
        return;
      }
      now = Math.max(now, at);
      if (!outstanding.isEmpty() && now >= lastSent + RTO_NANOS && noneArrives()) {
        timeout();
      } else {
        acknowledge();
      }
    }
  }

  void forgetExtremes() {
    longestQueue = 0;
    shortestQueue = Integer.MAX_VALUE;
    leastUnderWay = Integer.MAX_VALUE;
  }

  int bdp() {
    return (int) (rate * rttNanos / SECOND);
  }

  int queue() {
    return (int) (Math.max(0, linkFree - now) * rate / SECOND);
  }

  private boolean noneArrives() {
    return outstanding.stream().allMatch(s -> s.arrives == Long.MAX_VALUE);
  }

  private long nextEvent() {
    long at = Long.MAX_VALUE;
    for (Segment s : outstanding) {
      at = Math.min(at, s.arrives);
      if (s.arrives != Long.MAX_VALUE) {
        break; // they arrive in order
      }
    }
    if (at == Long.MAX_VALUE && !outstanding.isEmpty()) {
      at = lastSent + RTO_NANOS;
    }
    if (mayPace() && nextSend > now && hasData()) {
      at = Math.min(at, nextSend);
    }
    if (appRate > 0 && !hasData()) {
      at = Math.min(at, now + (long) ((MSS - written) * SECOND / appRate) + 1);
    }
    return at;
  }

  private boolean mayPace() {
    return underWay + MSS <= control.cwnd() && (paced || control.needsPacing());
  }

  private boolean hasData() {
    return !lost.isEmpty() || appRate == 0 || written >= MSS;
  }

  private void send() {
    if (appRate > 0) {
      written += (double) appRate * (now - writtenAt) / SECOND;
    } else {
      written = 0;
    }
    writtenAt = now;
    if (outstanding.isEmpty() && lost.isEmpty() && hasData() && lastSent != 0) {
      control.onRestart(now - lastSent, RTO_NANOS, now);
    }
    boolean sent = false;
    while (hasData()
        && (underWay == 0 || underWay + MSS <= control.cwnd())
        && (nextSend <= now || !paced && !control.needsPacing())) {
      sendOne();
      sent = true;
    }
    if (sent) {
      sentUnderWay = underWay;
    }
    if (!hasData() && underWay + MSS <= control.cwnd() || control.holdsBack()) {
      appLimitedUntil = Math.max(1, delivered + underWay);
    }
  }

  private void sendOne() {
    Segment s = new Segment();
    Segment again = lost.poll();
    if (again == null) {
      s.seq = next++;
      written -= appRate > 0 ? MSS : 0;
    } else {
      s.seq = again.seq;
      s.again = true;
    }
    if (underWay == 0) {
      firstSent = now;
      deliveredNanos = now;
    }
    underWay += MSS;
    s.order = order++;
    s.sent = now;
    s.priorDelivered = delivered;
    s.priorNanos = deliveredNanos;
    s.firstSent = firstSent;
    s.underWay = underWay;
    s.lostBefore = lostBytes;
    s.appLimited = appLimitedUntil != 0;
    s.arrives = travel();
    outstanding.add(s);
    lastSent = now;
    if (reducing) {
      control.onSentInRecovery(MSS);
    }
    long pace = control.pacingRate();
    nextSend = pace == 0 ? now : Math.max(nextSend, now - MILLI) + MSS * SECOND / pace;
  }

  private long travel() {
    linkFree = Math.max(linkFree, now);
    int queued = queue();
    longestQueue = Math.max(longestQueue, queued);
    shortestQueue = Math.min(shortestQueue, queued);
    if (queued + MSS > queueLimit || random.nextInt(1000) < lossPerMille) {
      return Long.MAX_VALUE;
    }
    linkFree += MSS * SECOND / rate;
    lastAck = Math.max(lastAck, linkFree + rttNanos);
    return lastAck;
  }

  private void acknowledge() {
    Segment s = null;
    ArrayDeque<Segment> unanswered = new ArrayDeque<>();
    while (!outstanding.isEmpty()) {
      Segment first = outstanding.poll();
      if (first.arrives == now) {
        s = first;
        break;
      }
      unanswered.add(first);
      if (first.arrives != Long.MAX_VALUE) {
        break;
      }
    }
    while (!unanswered.isEmpty()) {
      outstanding.addFirst(unanswered.pollLast());
    }
    if (s == null) {
      return; // the wait was for the application or for pacing
    }
    int flightBefore = (next - una) * MSS;
    ack.begin(now, flightBefore, underWay, true);
    underWay -= MSS;
    boolean news = !received.get(s.seq);
    received.set(s.seq);
    int before = una;
    una = received.nextClearBit(una);
    deliver(s, news, (una - before) * MSS);
    if (recoveryPoint >= 0 && una >= recoveryPoint) {
      control.onRecovered(underWay);
      recoveryPoint = -1;
      reducing = false;
    }
    findLosses(s.order);
    ack.underWay = underWay;
    ack.lostSinceSent = (int) (lostBytes - s.lostBefore);
    ack.recovering = reducing;
    leastUnderWay = Math.min(leastUnderWay, underWay);
    control.onAck(ack);
  }

  private void deliver(Segment s, boolean news, int acked) {
    ack.sndUna = una * MSS;
    ack.sndMax = next * MSS;
    ack.acked = acked;
    ack.delivered = news ? MSS : 0;
    delivered += ack.delivered;
    ack.rttNanos = s.again ? 0 : now - s.sent;
    if (!s.again) {
      srtt = srtt == 0 ? ack.rttNanos : srtt + (ack.rttNanos - srtt) / 8;
    }
    ack.srttNanos = srtt;
    ack.windowLimited = sentUnderWay * 2L >= control.cwnd();
    long interval = Math.max(s.sent - s.firstSent, now - s.priorNanos);
    deliveredNanos = now;
    firstSent = s.sent;
    if (appLimitedUntil != 0 && delivered > appLimitedUntil) {
      appLimitedUntil = 0;
    }
    ack.deliveryRate =
        interval < rttNanos
            ? 0
            : (long) ((delivered - s.priorDelivered) * (double) SECOND / interval);
    ack.rateAppLimited = s.appLimited;
    ack.priorDelivered = s.priorDelivered;
    ack.totalDelivered = delivered;
    ack.underWayWhenSent = s.underWay;
  }

  private void findLosses(int newest) {
    while (!outstanding.isEmpty() && outstanding.peek().order <= newest - DUP_THRESHOLD) {
      lose(outstanding.poll());
      ack.lost += MSS;
    }
    if (ack.lost > 0 && recoveryPoint < 0) {
      congestions++;
      recoveryPoint = next;
      reducing = true;
      control.onCongestion(ack.flightSizeBefore, ack.underWayBefore, false, now);
    }
  }

  private void lose(Segment s) {
    underWay -= MSS;
    lostBytes += MSS;
    lost.add(s);
    control.onSegmentLost(MSS, s.underWay, (int) (lostBytes - s.lostBefore), s.appLimited);
  }

  private void timeout() {
    timeouts++;
    control.onTimeout((next - una) * MSS, now);
    while (!outstanding.isEmpty()) {
      Segment s = outstanding.poll();
      underWay -= MSS;
      lostBytes += MSS;
      lost.add(s);
    }
    recoveryPoint = next;
    reducing = false;
    nextSend = now;
  }
}
