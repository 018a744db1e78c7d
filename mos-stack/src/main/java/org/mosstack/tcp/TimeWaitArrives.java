package org.mosstack.tcp;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.Path;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Segment arrival in TIME_WAIT (RFC 9293 section 3.10.7.4), for the records of one core's {@link
 * TimeWaitTable}: what is left of the steps of {@link SegmentArrives}. The peer's FIN is
 * acknowledged as often as it arrives; an RST changes nothing (RFC 1337); a SYN beyond all of the
 * old connection may open a new one (RFC 6191).
 */
final class TimeWaitArrives {
  /** The same limit as in {@link ChallengeAcks}, for segments with neither data nor FIN. */
  private static final int ANSWER_INTERVAL_MILLIS = 500;

  /**
   * Minimum age of TS.Recent at which our own connect reuses the port: what the peer has of the old
   * connection is then older by its timestamp, whatever the peer's clock (Linux's tcp_tw_reuse).
   */
  static final int REUSE_MILLIS = 1000;

  private final TcpCore core;
  private final TimeWaitTable table;
  private final IpLayer ip;
  private final MbufPool pool;
  private final TcpOutput output;
  private final ChallengeLimit challengeLimit;
  private final Counters counters;

  TimeWaitArrives(
      TcpCore core,
      TimeWaitTable table,
      IpLayer ip,
      MbufPool pool,
      TcpOutput output,
      ChallengeLimit challengeLimit,
      Counters counters) {
    this.core = core;
    this.table = table;
    this.ip = ip;
    this.pool = pool;
    this.output = output;
    this.challengeLimit = challengeLimit;
    this.counters = counters;
  }

  // ---- The end of TIME_WAIT ----

  /**
   * Whether a SYN may open a new connection in place of one in TIME_WAIT (RFC 6191 section 2): its
   * timestamp, or without timestamps its sequence number, is beyond all of the old one.
   */
  boolean reopens(int record, Segment seg) {
    int others = TcpHeader.ACK | TcpHeader.RST | TcpHeader.FIN;
    if (!seg.has(TcpHeader.SYN) || (seg.flags & others) != 0) {
      return false;
    }
    int tsRecent = table.tsRecent(record);
    if (table.timestamps(record) && seg.options.timestamps && seg.options.tsVal != tsRecent) {
      return Seq.gt(seg.options.tsVal, tsRecent);
    }
    return Seq.gt(seg.seq, table.rcvNxt(record));
  }

  /**
   * Whether a connection opened here may have the endpoints of one in TIME_WAIT: by its timestamps,
   * the peer tells the two apart (RFC 6191).
   */
  static boolean isReusable(TimeWaitTable table, int record, long now) {
    return table.timestamps(record) && table.tsRecentAgeMillis(record, now) >= REUSE_MILLIS;
  }

  // ---- The steps ----

  /** Processes a segment that doesn't open a connection. */
  void process(int record, Segment seg) {
    if (seg.has(TcpHeader.RST)) {
      counters.increment(Counter.DROP_TCP_OUT_OF_WINDOW); // RFC 1337: TIME_WAIT isn't cut short
      return;
    }
    if (seg.has(TcpHeader.SYN)) {
      counters.increment(Counter.DROP_TCP_SYN_CHALLENGED);
      challenge(record);
      return;
    }
    if (!timestampOk(record, seg)) {
      return;
    }
    int offset = seg.seq - table.rcvNxt(record);
    boolean inWindow = offset == 0 || offset > 0 && offset < table.rcvWnd(record);
    if (!inWindow) {
      outOfWindow(record, seg);
    } else if (!seg.has(TcpHeader.ACK)) {
      counters.increment(Counter.DROP_TCP_NO_ACK);
    } else if (!isAckInRange(record, seg)) {
      counters.increment(Counter.DROP_TCP_BAD_ACK);
      challenge(record);
    } else if (offset == 0 && seg.len() == 0) {
      updateTimestamp(record, seg); // not answered: two ends could answer each other forever
    } else {
      // Nothing can follow its FIN. The peer is told where it stands, even if it repeats that FIN.
      if (seg.dataLen > 0) {
        counters.increment(Counter.DROP_TCP_DATA_AFTER_CLOSE);
      }
      answer(record, seg);
    }
  }

  /** PAWS (RFC 7323 section 5.3, R1); TS.Recent isn't older than the peer's FIN. */
  private boolean timestampOk(int record, Segment seg) {
    if (!table.timestamps(record)) {
      return true;
    }
    if (!seg.options.timestamps) {
      counters.increment(Counter.DROP_TCP_PAWS);
      return false;
    }
    if (Seq.geq(seg.options.tsVal, table.tsRecent(record))) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_PAWS);
    answer(record, seg);
    return false;
  }

  private void outOfWindow(int record, Segment seg) {
    int end = seg.seq + seg.len() - table.rcvNxt(record);
    boolean old = seg.seq - table.rcvNxt(record) < 0 && end <= 0;
    counters.increment(
        old && seg.dataLen > 0 ? Counter.DROP_TCP_DUPLICATE_DATA : Counter.DROP_TCP_OUT_OF_WINDOW);
    if (old && seg.has(TcpHeader.ACK) && isAckInRange(record, seg)) {
      updateTimestamp(record, seg);
      if (seg.has(TcpHeader.FIN) && end == 0) {
        table.restart(record, core.now()); // the peer hasn't got our ACK of its FIN
      }
    }
    answer(record, seg);
  }

  /** RFC 5961 section 5.2. All that we have sent is acknowledged. */
  private boolean isAckInRange(int record, Segment seg) {
    int sndNxt = table.sndNxt(record);
    return Seq.leq(seg.ack, sndNxt) && Seq.geq(seg.ack, sndNxt - table.maxSndWnd(record));
  }

  private void updateTimestamp(int record, Segment seg) {
    if (table.timestamps(record)) {
      table.tsRecent(record, seg.options.tsVal, core.now()); // PAWS has checked that it isn't older
    }
  }

  // ---- The answer ----

  /**
   * Tells the peer where the connection stands, but not too often if it sent neither data nor FIN.
   */
  private void answer(int record, Segment seg) {
    if (seg.dataLen > 0 || seg.has(TcpHeader.FIN) || mayAnswer(record)) {
      acknowledge(record);
    }
  }

  /** Sends a challenge ACK (RFC 5961 section 7), limited per connection and per core. */
  private void challenge(int record) {
    if (!mayAnswer(record)) {
      return;
    }
    if (!challengeLimit.take(core.now())) {
      counters.increment(Counter.DROP_TCP_ACK_RATE_LIMITED);
      return;
    }
    counters.increment(Counter.TCP_CHALLENGE_ACKS_SENT);
    acknowledge(record);
  }

  private boolean mayAnswer(int record) {
    if (table.mayAnswer(record, ANSWER_INTERVAL_MILLIS, core.now())) {
      return true;
    }
    counters.increment(Counter.DROP_TCP_ACK_RATE_LIMITED);
    return false;
  }

  private void acknowledge(int record) {
    Path path = ip.path(table.remoteAddress(record));
    long mbuf = path == null ? 0 : pool.alloc();
    if (mbuf == 0) {
      counters.increment(path == null ? Counter.DROP_IP_NO_ROUTE : Counter.NO_MBUF);
      return;
    }
    boolean timestamps = table.timestamps(record);
    int bytes = TcpHeader.MIN_BYTES + (timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : 0);
    long header = Mbuf.appendFirst(mbuf, bytes);
    TcpHeader.write(
        header,
        table.localPort(record),
        table.remotePort(record),
        table.sndNxt(record),
        table.rcvNxt(record),
        bytes,
        TcpHeader.ACK,
        table.rcvWnd(record) >>> table.rcvWndShift(record));
    if (timestamps) {
      int now = core.timestamp(table.tsOffset(record));
      OptionWriter.writeTimestamps(header + TcpHeader.MIN_BYTES, now, table.tsRecent(record));
    }
    int tos = table.tos(record) & ~Ipv4Header.ECN_MASK;
    output.finish(
        path,
        mbuf,
        header,
        bytes,
        table.localAddress(record),
        table.remoteAddress(record),
        tos,
        table.ttl(record),
        false);
  }
}
