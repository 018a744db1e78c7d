package org.mosstack.tcp;

import org.mosstack.ip.Path;
import org.mosstack.mbuf.Memory;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * TCP Fast Open of one core (RFC 7413): data in SYNs, on either side.
 *
 * <p>A server's connection whose SYN has a valid cookie is established at once and works like any
 * other, except that its SYN-ACK has a timer of its own until something acknowledges it. Such
 * connections are bounded per listener (section 5.1, {@link FastOpenPlaces}).
 */
final class FastOpen {
  /** SYN-ACK retransmissions before the connection is given up, as for half-open ones. */
  private static final int SYN_ACK_RETRANSMITS = 5;

  private final TcpCore core;
  private final TcpOutput output;
  private final TcpTimers timers;
  private final TurnQueues pending;
  private final SpareParts spares;
  private final ReceivedPackets received;
  private final Admission admission;
  private final FastOpenCookies cookies;
  private final TcpProtection protection;
  private final Counters counters;
  private final FastOpenCache cache = new FastOpenCache();

  FastOpen(
      TcpCore core,
      TcpOutput output,
      TcpTimers timers,
      TurnQueues pending,
      SpareParts spares,
      ReceivedPackets received,
      Admission admission,
      FastOpenCookies cookies,
      TcpProtection protection,
      Counters counters) {
    this.core = core;
    this.output = output;
    this.timers = timers;
    this.pending = pending;
    this.spares = spares;
    this.received = received;
    this.admission = admission;
    this.cookies = cookies;
    this.protection = protection;
    this.counters = counters;
  }

  // ---- The client ----

  /** Decides what our SYN does, before it is sent. */
  void open(Tcb c, SocketOptions options) {
    if (!protection.fastOpenClient() || !options.fastOpenConnect()) {
      return;
    }
    if (cache.hasFailed(c, core.now())) {
      return;
    }
    FastOpenCache.Server entry = cache.find(c);
    if (entry == null) {
      c.fastOpen = FastOpenStep.ASKS;
    } else {
      c.fastOpen = FastOpenStep.WAITS_FOR_DATA;
      c.fastOpenBytes = entry.bytes();
      c.fastOpenHigh = entry.high();
      c.fastOpenLow = entry.low();
      int room = Math.min(entry.mss(), c.advMss) - OptionWriter.synOptionBytes(c);
      c.fastOpenRoom = Math.max(0, room);
    }
  }

  /**
   * Our SYN is about to be retransmitted: from here on without the option (section 4.1.3), unless
   * the first one still waits for ARP.
   */
  static void onSynTimeout(Tcb c) {
    boolean offered = c.fastOpen == FastOpenStep.ASKS || c.fastOpen == FastOpenStep.SENT;
    if (offered && !c.path.awaitsNeighbour()) {
      c.fastOpen = FastOpenStep.FAILED;
    }
  }

  /** The server has answered our SYN; it accepted {@code acked} bytes of the SYN's data. */
  void answered(Tcb c, Segment synAck, int acked) {
    if (c.fastOpen == FastOpenStep.NONE) {
      return;
    }
    boolean notTaken = c.fastOpen == FastOpenStep.SENT && acked == 0 && c.queuedBytes() > 0;
    if (synAck.options.fastOpenBytes > 0) {
      cache.learn(c, synAck.options, Handshake.offeredMss(synAck));
    } else if (c.fastOpen == FastOpenStep.FAILED || notTaken) {
      cache.fail(c, core.now());
    }
    if (acked > 0) {
      counters.increment(Counter.TCP_FAST_OPEN_ACTIVE);
    } else if (c.fastOpen != FastOpenStep.ASKS && c.queuedBytes() > 0) {
      counters.increment(Counter.TCP_FAST_OPEN_ACTIVE_FAILED);
    }
    c.fastOpen = FastOpenStep.NONE;
  }

  /**
   * An open has failed. The option or the data may be the cause even if SYNs without them got no
   * answer either: a firewall may block all of a connection that began so (section 4.1.3.1). An
   * open that was ended on this side says nothing about either.
   */
  void openFailed(Tcb c, TcpError error) {
    boolean failed =
        switch (error) {
          case REFUSED, HOST_UNREACHABLE, NET_UNREACHABLE -> hasOffered(c);
          case ABORTED, STACK_CLOSED, NONE -> false;
          default -> c.fastOpen == FastOpenStep.FAILED; // silence, for a whole timeout
        };
    if (failed) {
      cache.fail(c, core.now());
    }
  }

  /** Whether a SYN with the option has gone out. */
  private static boolean hasOffered(Tcb c) {
    return switch (c.fastOpen) {
      case ASKS, SENT, FAILED -> true;
      case NONE, WAITS_FOR_DATA, GIVES -> false;
    };
  }

  /** Our own ARP failed, not the path: the option has nothing to do with it. */
  static void neighbourIsGone(Tcb c) {
    c.fastOpen = FastOpenStep.NONE;
  }

  /**
   * Releases the data of our SYN that the peer has accepted.
   *
   * @return false if the connection has ended
   */
  boolean release(Tcb c, int acked) {
    if (acked > 0) {
      c.sendQueue.acknowledge(acked, c);
      if (c.state() == TcpState.CLOSED) {
        return false; // by the application, when its buffers were returned to it
      }
      if (c.sendQueue.bytes() == 0) {
        spares.dropSendQueue(c);
      }
    }
    pending.writableAgain(c);
    return true;
  }

  // ---- The server ----

  /**
   * Opens a connection whose SYN has a valid cookie, with the data of the SYN.
   *
   * @return false if the SYN is to be processed the usual way
   */
  boolean accept(Listener listener, AcceptQueue queue, Segment seg, Handshake handshake) {
    if (!isOffered(listener)
        || seg.options.fastOpenBytes <= 0
        || listener.options().deferAcceptSeconds() > 0 && seg.dataLen == 0) {
      return false;
    }
    if (!cookies.isGood(seg, core.now())) {
      counters.increment(Counter.TCP_FAST_OPEN_PASSIVE_FAILED);
      return false;
    }
    if (queue.fastOpen.taken(core.now()) >= listener.options().fastOpenBacklog()) {
      counters.increment(Counter.TCP_FAST_OPEN_OVERFLOWS);
      return false;
    }
    Path path = admission.admit(queue, seg);
    if (path == null) {
      return true;
    }
    Tcb c = handshake.begin(listener, seg, path);
    handshake.takeSyn(c, seg);
    keepText(c, seg, c.receiveBuffer);
    if (!c.receiveQueue.isEmpty()) {
      pending.raise(c, Schedule.EVENT_READABLE);
    }
    counters.increment(Counter.TCP_FAST_OPEN_PASSIVE);
    queue.fastOpen.take();
    c.synUnacked = true;
    handshake.answerAtOnce(c);
    return true;
  }

  private boolean isOffered(Listener listener) {
    return protection.fastOpenServer() && listener.options().fastOpenBacklog() > 0;
  }

  /**
   * Keeps the data of a SYN, which our SYN-ACK acknowledges; what doesn't fit is retransmitted. Its
   * sender isn't known before the handshake is complete.
   *
   * @param room bytes that fit
   */
  void keepText(Tcb c, Segment seg, int room) {
    if (seg.dataLen > room) {
      seg.trimBack(seg.dataLen - room);
    }
    if (seg.dataLen == 0) {
      return;
    }
    if (!received.hold(c, 1, true)) {
      received.refused();
      return;
    }
    c.rcvMss = seg.dataLen;
    c.lastDataReceivedNanos = core.now();
    c.rcvNxt += seg.dataLen;
    c.receiveQueue.add(seg.takeMbuf(), received);
  }

  /** Gives a cookie, in our SYN-ACK, to a client that asked for one or had an invalid one. */
  void offer(Tcb c, Segment syn) {
    if (isOffered(c.listener) && syn.options.fastOpenBytes >= 0) {
      c.fastOpen = FastOpenStep.GIVES;
      c.fastOpenBytes = FastOpenCookies.BYTES;
      c.fastOpenHigh = cookies.cookie(syn, core.now());
    }
  }

  /** A segment has acknowledged the SYN of a connection that was opened by a cookie. */
  void confirmed(Tcb c) {
    if (c.synSentNanos != 0) {
      c.rtt.sample(core.now() - c.synSentNanos);
      c.synSentNanos = 0;
    }
    c.synUnacked = false;
    c.synAckDeadline = 0;
    c.listener.on(core.index()).fastOpen.free();
  }

  /**
   * The connection ended before that. Unless it waited for as long as it may, that cost the sender
   * of the SYN nothing, whether the peer reset it or the application did.
   */
  void ended(Tcb c) {
    c.synUnacked = false;
    c.synAckDeadline = 0;
    FastOpenPlaces places = c.listener.on(core.index()).fastOpen;
    if (c.synAckTries < SYN_ACK_RETRANSMITS) {
      places.keep(core.now());
    } else {
      places.free();
    }
  }

  /** The timer of the SYN-ACK expired: nothing has acknowledged it yet. */
  void synAckExpired(Tcb c) {
    if (c.synAckTries >= SYN_ACK_RETRANSMITS) {
      counters.increment(Counter.TCP_TIMEOUTS);
      core.abort(c, TcpError.TIMED_OUT);
      return;
    }
    c.synAckTries++;
    sendSynAckAgain(c);
    timers.armSynAck(c);
  }

  /** Retransmits the SYN-ACK: its timer expired, or the client retransmitted its SYN. */
  void sendSynAckAgain(Tcb c) {
    counters.increment(Counter.TCP_RETRANSMITS);
    c.totalRetransmits++;
    c.synSentNanos = 0; // Karn: the ACK may be for either
    output.syn(c);
  }

  // ---- The option ----

  /** Bytes of the option in our SYN or SYN-ACK, padding included. */
  static int optionBytes(Tcb c) {
    return switch (c.fastOpen) {
      case ASKS -> 4;
      case WAITS_FOR_DATA, GIVES -> c.fastOpenBytes + 2 + 3 & ~3;
      case NONE, SENT, FAILED -> 0;
    };
  }

  /** Writes the option, preceded by its padding. */
  static void writeOption(Tcb c, long address) {
    int padded = optionBytes(c);
    int cookie = c.fastOpen == FastOpenStep.ASKS ? 0 : c.fastOpenBytes;
    long at = address;
    for (int i = cookie + 2; i < padded; i++) {
      Memory.putByte(at++, TcpOptions.KIND_NOP);
    }
    Memory.putByte(at++, TcpOptions.KIND_FAST_OPEN);
    Memory.putByte(at++, cookie + 2);
    for (int i = 0; i < cookie; i++) {
      long word = i < Long.BYTES ? c.fastOpenHigh : c.fastOpenLow;
      Memory.putByte(at++, (int) (word >>> 56 - (i & 7) * 8));
    }
  }
}
