package org.mosstack.tcp;

import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Path;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * Passive opens that take no memory until the peer has proved that it receives what is sent to its
 * address (RFC 4987 section 3.6). A SYN is answered and forgotten; the ACK returns the {@link
 * SynCookies cookie}, from which the SYN is rebuilt and processed like any other.
 */
final class CookieHandshake {
  private static final int ECN_SETUP = TcpHeader.ECE | TcpHeader.CWR;

  private final TcpCore core;
  private final Handshake handshake;
  private final ConnectionSetup setup;
  private final TcpOutput output;
  private final Admission admission;
  private final SynCookies cookies;
  private final Counters counters;

  /** Stands in for each half-open connection while its SYN-ACK is written. */
  private final Tcb draft;

  CookieHandshake(
      TcpCore core,
      Handshake handshake,
      ConnectionSetup setup,
      TcpOutput output,
      Admission admission,
      SynCookies cookies,
      Counters counters) {
    this.core = core;
    this.handshake = handshake;
    this.setup = setup;
    this.output = output;
    this.admission = admission;
    this.cookies = cookies;
    this.counters = counters;
    draft = new Connection(core);
  }

  /** Answers a SYN and forgets it; if there is no room to send, the peer retransmits it. */
  void answer(Listener listener, Segment seg, Path path) {
    setup.prepare(draft, listener, seg, path);
    if (!seg.options.timestamps) {
      seg.options.windowShift = -1; // there is nowhere to store them
      seg.options.sackPermitted = false;
      seg.flags &= ~ECN_SETUP;
    }
    handshake.takeSyn(draft, seg);
    draft.iss = cookies.cookie(seg, seg.seq, Handshake.offeredMss(seg), core.now());
    if (draft.timestamps) {
      int now = core.timestamp(draft);
      boolean ecn = (seg.flags & ECN_SETUP) == ECN_SETUP;
      draft.tsOffset += SynCookies.stamp(now, seg.options, ecn) - now;
    }
    if (output.synAckOnce(draft)) {
      listener.sendsCookie(core.now());
      counters.increment(Counter.TCP_SYN_COOKIES_SENT);
    }
    draft.path = null;
    draft.listener = null;
  }

  /**
   * Opens the connection whose cookie an ACK returns, and processes the ACK and all it carries.
   *
   * @param next processes the ACK
   * @return false if it returns no valid one: the segment isn't for this listener
   */
  boolean accept(Listener listener, Segment seg, SegmentArrives next) {
    if (!listener.sentCookies(core.now())) {
      return false; // a cookie that was never sent is a guess
    }
    int irs = seg.seq - 1;
    int iss = seg.ack - 1;
    int mss = cookies.mss(seg, irs, iss, core.now());
    if (mss == 0) {
      counters.increment(Counter.TCP_SYN_COOKIES_FAILED);
      return false;
    }
    counters.increment(Counter.TCP_SYN_COOKIES_RECEIVED);
    Path path = admission.admit(listener.on(core.index()), seg);
    if (path == null) {
      return true; // dropped: what the peer sends next carries the cookie, too
    }
    Tcb c = handshake.begin(listener, seg, path);
    takeSynAgain(c, seg, irs, mss);
    handshake.resume(c, iss);
    next.process(c, seg);
    return true;
  }

  private void takeSynAgain(Tcb c, Segment seg, int irs, int mss) {
    int flags = seg.flags;
    int seq = seg.seq;
    TcpOptions options = seg.options;
    options.mss = mss;
    options.windowShift = -1;
    options.sackPermitted = false;
    seg.flags = TcpHeader.SYN;
    if (options.timestamps) {
      SynCookies.read(options.tsEcr, options);
      seg.flags |= SynCookies.ecn(options.tsEcr) ? ECN_SETUP : 0;
    }
    seg.seq = irs;
    handshake.takeSyn(c, seg);
    seg.flags = flags;
    seg.seq = seq;
  }
}
