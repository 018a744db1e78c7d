package org.mosstack.tcp;

import static org.mosstack.header.Ipv4Header.PROTOCOL_TCP;

import org.mosstack.header.Checksum;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.Path;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/** Outgoing segments of one core: what may be sent now, and how it looks on the wire. */
final class TcpOutput {
  /** Transmit slots that data leaves free for ACKs, SYNs and RSTs. */
  private static final int CONTROL_RESERVE = 32;

  /** Payload of a super-segment: as one packet, it wouldn't be longer than IPv4's largest. */
  private static final int MAX_SUPER_SEGMENT_BYTES =
      Ipv4Header.MAX_TOTAL_LENGTH - Ipv4Header.MIN_BYTES - TcpHeader.MAX_BYTES;

  /** The largest window that the field can hold, before it is scaled. */
  static final int MAX_WINDOW_FIELD = 0xFFFF;

  /** How far ahead of its pace a connection may send: by the precision of the timers. */
  private static final long PACING_BURST_NANOS = TimerWheel.TICK_NANOS;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final TcpCore core;
  private final IpLayer ip;
  private final MbufPool pool;
  private final TcpTimers timers;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final MtuProbe mtuProbe;
  private final Counters counters;
  private final SackOption sackOption = new SackOption();

  TcpOutput(
      TcpCore core,
      IpLayer ip,
      MbufPool pool,
      TcpTimers timers,
      TurnQueues pending,
      SpareParts spares,
      MtuProbe mtuProbe,
      Counters counters) {
    this.core = core;
    this.ip = ip;
    this.pool = pool;
    this.timers = timers;
    this.pending = pending;
    this.spares = spares;
    this.mtuProbe = mtuProbe;
    this.counters = counters;
  }

  /**
   * Sends what the windows, Nagle and the device allow (RFC 9293 sections 3.7.4 and 3.8.6.2.1).
   *
   * @return false when the device or the pool stopped it; must be called again next turn
   */
  boolean send(Tcb c) {
    if (!c.maySend()) {
      return true;
    }
    restartAfterIdle(c);
    if (c.recovery.prefersNewData()) {
      // RFC 5682: after a timeout that may have been spurious, new data finds out whether it was.
      if (!sendNew(c)) {
        return false;
      }
      if (c.pacingDeadline != 0 || !c.recovery.givesUpNewData(c)) {
        return true;
      }
    }
    return sendLost(c) && sendNew(c);
  }

  /** Retransmits what is considered lost, as far as the congestion window allows (RFC 6675). */
  private boolean sendLost(Tcb c) {
    while (c.scoreboard != null) {
      int number = c.scoreboard.firstLost();
      if (number == Scoreboard.NONE || isPaced(c)) {
        return true;
      }
      if (c.isProbingMtu() && c.scoreboard.end(number) == c.mtuSearch.probeEnd) {
        mtuProbe.giveUp(c); // another segment's retransmission revealed its loss
        continue;
      }
      int pipe = c.pipe();
      boolean room = pipe == 0 || pipe + c.scoreboard.bytes(number) <= c.congestion.cwnd();
      if (!room && !c.recovery.retransmitsAtOnce()) {
        return true;
      }
      if (!hasTransmitSpace(c.path.netInterface(), CONTROL_RESERVE) || !resend(c, number)) {
        return false;
      }
    }
    return true;
  }

  private boolean sendNew(Tcb c) {
    boolean sent = false;
    boolean held = false;
    while (!c.allSent() && !isFull(c)) {
      int offset = c.flightSize();
      int unsent = c.queuedBytes() - offset;
      int usable = Math.min(c.sndWnd - offset, c.congestion.cwnd() - c.pipe());
      int room = Math.min(unsent, usable);
      int size = c.mtuSearch == null ? c.sndMss : mtuProbe.segment(c, room);
      int length = room >= 2 * size ? superSegment(c, room, size) : Math.min(room, size);
      boolean fin = c.finQueued && length == unsent && offset + length < c.sndWnd;
      if (length <= 0 && !fin) {
        break;
      }
      if (length > 0 && !worthSending(c, offset, length, fin)) {
        held = c.corked && length == unsent;
        break;
      }
      if (c.isProbingMtu() || isPaced(c)) {
        break;
      }
      if (!hasTransmitSpace(c.path.netInterface(), CONTROL_RESERVE)
          || !segment(c, offset, Math.max(length, 0), size, fin)) {
        return false;
      }
      sent = true;
      if (size > c.sndMss && length == size) {
        mtuProbe.sent(c, length, c.sndNxt);
      }
    }
    if (sent) {
      c.underWayWhenSent = c.pipe();
      timers.armProbe(c);
    }
    noteApplicationLimit(c);
    armCork(c, sent, held);
    armPersist(c, held);
    if (c.notSentLowat > 0) {
      pending.writableAgain(c);
    }
    return true;
  }

  /**
   * Returns how many bytes to send as one: as many whole segments as windows, device and pool have
   * room for. What isn't new, or is special otherwise, goes segment by segment.
   *
   * @param room bytes that windows and queue allow
   * @param size bytes of the next segment
   */
  private int superSegment(Tcb c, int room, int size) {
    if (c.mtuSearch != null || c.mayFragment || c.paced || Seq.lt(c.sndNxt, c.sndMax)) {
      return size;
    }
    int most = c.path.netInterface().transmitSegments(CONTROL_RESERVE);
    int segments = Math.min(Math.min(room, MAX_SUPER_SEGMENT_BYTES) / size, most);
    return segments > 1 && pool.reserve(segments) ? segments * size : size;
  }

  /** Whether the scoreboard can't hold another segment until acknowledgments make room. */
  private static boolean isFull(Tcb c) {
    return c.scoreboard != null && c.scoreboard.isFull();
  }

  /** Whether the next segment has to wait for its time; if so, arms the pacing timer. */
  private boolean isPaced(Tcb c) {
    if (!c.paced || c.nextSendNanos - core.now() <= PACING_BURST_NANOS) {
      return false;
    }
    timers.armPacing(c, c.nextSendNanos - PACING_BURST_NANOS);
    return true;
  }

  /** Makes the next bytes wait for as long as those just sent take at the pacing rate. */
  private void pace(Tcb c, int bytes) {
    long rate = c.paced ? c.congestion.pacingRate() : 0;
    if (rate > 0) {
      // What a late turn has missed is made up for, up to a burst.
      long from = Math.max(c.nextSendNanos, core.now() - PACING_BURST_NANOS);
      c.nextSendNanos = from + bytes * NANOS_PER_SECOND / rate;
    }
  }

  /** Marks the delivery rate from here on as application-limited where it may be so. */
  private static void noteApplicationLimit(Tcb c) {
    if (c.scoreboard == null) {
      return;
    }
    int pipe = c.pipe();
    boolean idle = c.allSent() && c.scoreboard.lostBytes() == 0 && pipe < c.congestion.cwnd();
    if (idle || c.congestion.holdsBack()) {
      c.scoreboard.rate().appLimited(pipe);
    }
  }

  private static boolean hasTransmitSpace(NetInterface netif, int reserve) {
    if (netif.transmitSpace() <= reserve) {
      netif.flush();
    }
    return netif.transmitSpace() > reserve;
  }

  private void restartAfterIdle(Tcb c) {
    if (c.flightSize() == 0 && !c.allSent()) {
      long now = core.now();
      c.congestion.onRestart(now - c.lastDataNanos, c.rtt.rtoNanos(), now);
    }
  }

  /**
   * Nagle's algorithm and the sender's side of silly window avoidance. A cork holds back what Nagle
   * would let go: the last bytes of the queue.
   */
  private static boolean worthSending(Tcb c, int offset, int length, boolean fin) {
    return length >= c.sndMss
        || Seq.lt(c.sndNxt, c.sndMax)
        || offset + length == c.queuedBytes() && mayEndQueue(c, offset, fin)
        || length >= c.maxSndWnd / 2;
  }

  private static boolean mayEndQueue(Tcb c, int offset, boolean fin) {
    if (c.corked) {
      return fin || c.pushing && Seq.lt(c.sndNxt, c.pushEnd);
    }
    return fin || offset == 0 || c.noDelay;
  }

  /** Limits the time for which a cork holds bytes back, counted from the oldest of them. */
  private void armCork(Tcb c, boolean sent, boolean held) {
    if (c.pushing && Seq.geq(c.sndNxt, c.pushEnd)) {
      c.pushing = false;
    }
    if (sent || !held) {
      c.corkDeadline = 0;
    }
    if (held && c.corkDeadline == 0) {
      timers.armCork(c);
    }
  }

  /** With nothing in flight and something to send, only a probe can end the silence. */
  private void armPersist(Tcb c, boolean held) {
    boolean silent = c.flightSize() == 0 && !c.allSent() && !held;
    if (!silent) {
      c.persistDeadline = 0;
      c.persistBackoff = 0;
    } else if (c.persistDeadline == 0) {
      timers.armPersist(c);
    }
  }

  /**
   * Sends data from SND.NXT on, with a FIN if asked, and advances SND.NXT.
   *
   * @param size bytes of a segment: if {@code length} is more, it is a super-segment
   * @return false when there is no packet buffer
   */
  private boolean segment(Tcb c, int offset, int length, int size, boolean fin) {
    int seq = c.sndNxt;
    if (!data(c, seq, offset, length, size, fin)) {
      return false;
    }
    int end = seq + length + (fin ? 1 : 0);
    boolean sentBefore = Seq.lt(seq, c.sndMax); // by a probe, or before a rewind
    if (sentBefore) {
      countRetransmission(c);
    }
    if (c.scoreboard == null) {
      c.scoreboard = spares.takeScoreboard(c);
    }
    int from = seq;
    for (int left = length; left > size; left -= size) {
      c.scoreboard.add(from, from + size, sentBefore, core.now());
      from += size;
    }
    c.scoreboard.add(from, end, sentBefore, core.now());
    c.sndNxt = end;
    c.sndMax = Seq.max(c.sndMax, end);
    return true;
  }

  /** Retransmits a segment in flight. */
  private boolean resend(Tcb c, int number) {
    int seq = c.scoreboard.start(number);
    int offset = seq - c.sndUna;
    int length = Math.min(c.scoreboard.bytes(number), c.queuedBytes() - offset);
    if (!data(c, seq, offset, length, length, length < c.scoreboard.bytes(number))) {
      return false;
    }
    countRetransmission(c);
    c.recovery.onRetransmit(core.timestamp(c));
    c.scoreboard.resent(number, core.now());
    if (number == c.scoreboard.first() && c.recovery.restartsTimer()) {
      timers.armRetransmit(c); // it gets a full timeout, as if sent for the first time
    }
    return true;
  }

  private void countRetransmission(Tcb c) {
    counters.increment(Counter.TCP_RETRANSMITS);
    c.totalRetransmits++;
  }

  private boolean data(Tcb c, int seq, int offset, int length, int size, boolean fin) {
    int flags = TcpHeader.ACK;
    if (fin) {
      flags |= TcpHeader.FIN;
    }
    if (length > 0 && offset + length == c.queuedBytes()) {
      flags |= TcpHeader.PSH;
    }
    boolean newData = length > 0 && Seq.geq(seq, c.sndMax);
    if (!transmit(c, seq, offset, length, size, flags, newData)) {
      return false;
    }
    c.lastDataNanos = core.now();
    if (c.recovery.reducing()) {
      c.congestion.onSentInRecovery(length);
    }
    pace(c, length);
    if (c.stalledSinceNanos == 0) {
      c.stalledSinceNanos = core.now();
    }
    if (c.retransmitDeadline == 0) {
      timers.armRetransmit(c);
    }
    return true;
  }

  /**
   * Retransmits the first segment in flight, whatever the congestion window says.
   *
   * @return false when the device or the pool stopped it
   */
  boolean retransmitFirst(Tcb c) {
    return hasTransmitSpace(c.path.netInterface(), 0) && resend(c, c.scoreboard.first());
  }

  /**
   * Sends a tail loss probe, whatever the congestion window says: new data if the peer's window has
   * room for it, else the last segment again (RFC 8985 section 7.3).
   *
   * @return false when the device or the pool stopped it
   */
  boolean tailLossProbe(Tcb c) {
    int offset = c.flightSize();
    int length = Math.min(c.queuedBytes() - offset, c.sndMss);
    boolean newData = length > 0 && length <= c.sndWnd - offset && !isFull(c);
    int last = c.scoreboard.limit() - 1;
    if (!hasTransmitSpace(c.path.netInterface(), 0)
        || !(newData ? segment(c, offset, length, length, false) : resend(c, last))) {
      return false;
    }
    counters.increment(Counter.TCP_TAIL_LOSS_PROBES);
    c.recovery.onProbe(newData ? c.sndNxt : c.scoreboard.end(last), !newData);
    return true;
  }

  /**
   * Probes the peer's window: sends what it has room for, but at least one byte, or the FIN (RFC
   * 9293 section 3.8.6.1).
   *
   * @return false when there is no packet buffer
   */
  boolean windowProbe(Tcb c) {
    int queued = c.queuedBytes();
    int room = Math.min(Math.max(c.sndWnd, 1), c.sndMss);
    int length = Math.min(queued, room);
    boolean fin = c.finQueued && length == queued;
    int flags = TcpHeader.ACK | (fin ? TcpHeader.FIN : 0) | (length > 0 ? TcpHeader.PSH : 0);
    if (!transmit(c, c.sndUna, 0, length, flags)) {
      return false;
    }
    counters.increment(Counter.TCP_ZERO_WINDOW_PROBES);
    c.sndMax = Seq.max(c.sndMax, c.sndUna + length + (fin ? 1 : 0));
    return true;
  }

  /**
   * Sends an ACK with the sequence number just before the window (RFC 9293 section 3.8.4).
   *
   * @return false when there is no packet buffer
   */
  boolean keepaliveProbe(Tcb c) {
    if (!transmit(c, c.sndUna - 1, 0, 0, TcpHeader.ACK)) {
      return false;
    }
    counters.increment(Counter.TCP_KEEPALIVE_PROBES);
    return true;
  }

  /** Sends a pure ACK. */
  boolean ack(Tcb c) {
    return transmit(c, acceptableSequence(c), 0, 0, TcpHeader.ACK);
  }

  /** Sends an ACK that reports data that arrived twice (D-SACK, RFC 2883). */
  void ackDuplicate(Tcb c, int left, int right) {
    if (c.sack) {
      counters.increment(Counter.TCP_DSACKS_SENT);
      sackOption.duplicate(left, right);
    }
    ack(c);
    sackOption.forgetDuplicate();
  }

  /** Sends an ACK that reports, before all else, a FIN that has just arrived ahead of a gap. */
  void ackFin(Tcb c) {
    sackOption.finCame(true);
    ack(c);
    sackOption.finCame(false);
  }

  /**
   * Returns a sequence number at which the peer is sure to accept a segment without data: SND.MAX,
   * as it may have received everything sent even where a timeout has taken SND.NXT back; but not
   * beyond its window, where a probe's byte lies.
   */
  private static int acceptableSequence(Tcb c) {
    return c.state() == TcpState.SYN_RECEIVED ? c.sndNxt : Seq.min(c.sndMax, c.sndUna + c.sndWnd);
  }

  /**
   * Sends a pure ACK that can wait: one dropped at a full ring would cost the peer a timeout if
   * nothing else is to be sent.
   *
   * @return false when the device or the pool stopped it; must be called again next turn
   */
  boolean ackWhenSpace(Tcb c) {
    return hasTransmitSpace(c.path.netInterface(), 0) && ack(c);
  }

  /**
   * Sends the SYN, or the SYN-ACK in SYN_RECEIVED, for the first time or again; later, if the
   * transmit ring is full or the pool empty: a lost one would cost the peer a second.
   */
  void syn(Tcb c) {
    if (!hasTransmitSpace(c.path.netInterface(), 0)) {
      pending.synLater(c);
      return;
    }
    boolean answers = c.state() == TcpState.SYN_RECEIVED || c.synUnacked;
    int flags = TcpHeader.SYN | (answers ? TcpHeader.ACK : 0) | Ecn.synFlags(c);
    boolean takesData = c.fastOpen == FastOpenStep.WAITS_FOR_DATA;
    int length = takesData ? c.queuedBytes() : 0;
    if (!transmit(c, c.iss, 0, length, flags)) {
      pending.synLater(c);
    } else if (takesData) {
      c.fastOpen = FastOpenStep.SENT;
      c.sndMax = c.iss + 1 + length;
    }
  }

  /**
   * Sends the SYN-ACK of a connection that is forgotten at once, so that it can't be retransmitted.
   * It leaves the last transmit slots to existing connections.
   *
   * @return false when the device or the pool stopped it: it is lost
   */
  boolean synAckOnce(Tcb c) {
    return hasTransmitSpace(c.path.netInterface(), CONTROL_RESERVE)
        && transmit(c, c.iss, 0, 0, TcpHeader.SYN | TcpHeader.ACK | Ecn.synFlags(c));
  }

  /** Sends an RST for a connection, at the sequence number that the peer expects (RFC 5961). */
  void reset(Tcb c) {
    counters.increment(Counter.TCP_RESETS_SENT);
    transmit(c, acceptableSequence(c), 0, 0, TcpHeader.RST | TcpHeader.ACK);
  }

  /** Answers a segment that belongs to no connection with an RST (RFC 9293 section 3.10.7.1). */
  void resetFor(Segment seg) {
    if (seg.has(TcpHeader.RST)) {
      return;
    }
    boolean hasAck = seg.has(TcpHeader.ACK);
    int seq = hasAck ? seg.ack : 0;
    int ack = hasAck ? 0 : seg.seq + seg.len();
    int flags = TcpHeader.RST | (hasAck ? 0 : TcpHeader.ACK);
    Path path = ip.pathForAnswer(seg.source);
    if (path == null) {
      return; // the reason was counted
    }
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      counters.increment(Counter.NO_MBUF);
      return;
    }
    counters.increment(Counter.TCP_RESETS_SENT);
    long header = Mbuf.appendFirst(mbuf, TcpHeader.MIN_BYTES);
    TcpHeader.write(
        header, seg.destinationPort, seg.sourcePort, seq, ack, TcpHeader.MIN_BYTES, flags, 0);
    int tos = seg.tos & ~Ipv4Header.ECN_MASK; // as urgent as what it answers, as on Linux
    finish(
        path,
        mbuf,
        header,
        TcpHeader.MIN_BYTES,
        seg.destination,
        seg.source,
        tos,
        SocketOptions.DEFAULT.ttl(),
        false);
  }

  private boolean transmit(Tcb c, int seq, int offset, int length, int flags) {
    return transmit(c, seq, offset, length, length, flags, false);
  }

  /**
   * Builds and sends a segment, or a super-segment if it is longer than one; false when there is no
   * packet buffer.
   *
   * @param size bytes of a segment: if {@code length} is more, {@link MbufPool#reserve} has been
   *     called
   * @param newData whether its data is sent for the first time and isn't a probe
   */
  private boolean transmit(
      Tcb c, int seq, int offset, int length, int size, int flags, boolean newData) {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      counters.increment(Counter.NO_MBUF);
      return false;
    }
    boolean syn = (flags & TcpHeader.SYN) != 0;
    int optionBytes =
        syn
            ? OptionWriter.synOptionBytes(c)
            : c.timestamps ? TcpOptions.PADDED_TIMESTAMPS_BYTES : 0;
    boolean mayReport = (flags & (TcpHeader.SYN | TcpHeader.RST)) == 0;
    int ecnFlags = mayReport ? Ecn.flags(c, newData) : 0;
    int first = Math.min(length, size);
    int sackBytes = mayReport ? sackOption.prepare(c, first, optionBytes) : 0;
    int sackAt = TcpHeader.MIN_BYTES + optionBytes;
    optionBytes += sackBytes;
    int headerBytes = TcpHeader.MIN_BYTES + optionBytes;
    int segmentBytes = headerBytes + first;
    long header = Mbuf.appendFirst(mbuf, segmentBytes);
    boolean hasAck = (flags & TcpHeader.ACK) != 0;
    int window = syn ? synWindow(c) : window(c);
    TcpHeader.write(
        header,
        c.localPort,
        c.remotePort,
        seq,
        hasAck ? c.rcvNxt : 0,
        headerBytes,
        flags | ecnFlags,
        window);
    if (syn) {
      OptionWriter.writeSynOptions(c, header + TcpHeader.MIN_BYTES);
    } else if (c.timestamps) {
      OptionWriter.writeTimestamps(c, header + TcpHeader.MIN_BYTES);
    }
    if (sackBytes > 0) {
      sackOption.write(header + sackAt);
    }
    if (length > 0) {
      c.sendQueue.copy(offset, first, header + headerBytes);
    }
    if (length > size) {
      notePayload(c, mbuf, header + headerBytes, size);
      appendSegments(c, mbuf, offset + size, length - size, size);
      Mbuf.requestSegmentation(mbuf, EthernetHeader.BYTES, Ipv4Header.MIN_BYTES, headerBytes, size);
    }
    boolean fragmentable = c.mayFragment && length <= c.sndMss; // an MTU probe must not be
    finish(
        c.path,
        mbuf,
        header,
        segmentBytes,
        c.localAddress,
        c.remoteAddress,
        Ecn.tos(c, newData),
        c.ttl,
        fragmentable);
    if (newData) {
      Ecn.sentNewData(c);
    }
    c.lastSendNanos = core.now();
    if (hasAck) {
      acknowledged(c);
    }
    return true;
  }

  /** Makes a segment a super-segment: appends the payload of the following ones. */
  private void appendSegments(Tcb c, long head, int offset, int length, int size) {
    int bytes = Mbuf.dataLength(head) + length;
    int segments = 1;
    long last = head;
    for (int done = 0; done < length; done += size) {
      int part = Math.min(size, length - done);
      long mbuf = pool.alloc();
      long payload = Mbuf.appendFirst(mbuf, part);
      c.sendQueue.copy(offset + done, part, payload);
      notePayload(c, mbuf, payload, part);
      Mbuf.setNext(last, mbuf);
      last = mbuf;
      segments++;
    }
    Mbuf.setChainLength(head, segments, bytes);
  }

  /** Sums the payload while it is in the cache, if the device won't. */
  private static void notePayload(Tcb c, long mbuf, long payload, int length) {
    if (!c.path.netInterface().txChecksum()) {
      Mbuf.setPayloadSum(mbuf, Checksum.fold(Checksum.sum(payload, length)));
    }
  }

  /**
   * Sends a segment whose header is complete but for the checksum. A packet that the layers below
   * drop is lost like one on the wire: the timer retransmits it.
   *
   * @param mbuf of a segment or a super-segment
   * @param header address of the TCP header, where the mbuf's data starts
   * @param length of the segment, and of the mbuf's data: of a super-segment's first
   */
  void finish(
      Path path,
      long mbuf,
      long header,
      int length,
      int source,
      int destination,
      int tos,
      int ttl,
      boolean fragmentable) {
    counters.add(Counter.TCP_SEGMENTS_SENT, Mbuf.segments(mbuf));
    if (Mbuf.requestsSegmentation(mbuf)) {
      TcpHeader.writePseudoHeaderSum(header, length, source, destination);
    } else if (path.netInterface().txChecksum()) {
      TcpHeader.writePseudoHeaderSum(header, length, source, destination);
      Mbuf.requestTcpChecksum(mbuf, EthernetHeader.BYTES, Ipv4Header.MIN_BYTES);
    } else {
      TcpHeader.writeChecksum(header, length, source, destination);
    }
    ip.send(path, mbuf, source, destination, PROTOCOL_TCP, tos, ttl, fragmentable);
  }

  /** Notes that the ACK owed to the peer has just been sent. */
  private static void acknowledged(Tcb c) {
    c.ackNow = false;
    c.delayedAckDeadline = 0;
    c.unackedSegments = 0;
    c.lastAckSent = c.rcvNxt;
  }

  /**
   * Returns the window field, and sets the right edge that goes with it. The edge never moves back,
   * and moves ahead by at least a full segment or half the buffer (RFC 9293 section 3.8.6.2.2), or,
   * where the buffer has room, by what the scale can't express: rounded down, the field would seem
   * to take that back (RFC 7323 section 2.4).
   */
  private static int window(Tcb c) {
    int current = c.rcvWnd();
    int space = c.receiveSpace();
    int unit = 1 << c.rcvWndShift;
    int rounded = current + unit - 1 & -unit;
    int kept = rounded <= space ? rounded : current;
    int wanted = space - current >= Math.min(c.receiveBuffer / 2, c.sndMssBase) ? space : kept;
    int field = Math.min(wanted >>> c.rcvWndShift, MAX_WINDOW_FIELD);
    c.rcvAdv = Seq.max(c.rcvAdv, c.rcvNxt + (field << c.rcvWndShift));
    return field;
  }

  /** Returns the window field of a SYN, which is never scaled (RFC 7323 section 2.2). */
  static int synWindow(Tcb c) {
    int field = Math.min(c.receiveSpace(), MAX_WINDOW_FIELD);
    c.rcvAdv = Seq.max(c.rcvAdv, c.rcvNxt + field);
    return field;
  }
}
