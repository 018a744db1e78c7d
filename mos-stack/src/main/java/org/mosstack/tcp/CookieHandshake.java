package org.mosstack.tcp;

import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Path;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Passive opens that take no memory until the peer has proved that it receives what is sent to its
 * address (RFC 4987 section 3.6). A SYN is answered and forgotten; the ACK returns the {@link
 * SynCookies cookie}, from which the SYN is rebuilt and processed like any other.
 */
final class CookieHandshake {
  private static final int ECN_SETUP = TcpHeader.ECE | TcpHeader.CWR;

  private final TcpCore core;
  private final TcpInput input;
  private final SegmentArrives segmentArrives;
  private final TcpOutput output;
  private final SynCookies cookies;
  private final Counters counters;

  /** Stands in for each half-open connection while its SYN-ACK is written. */
  private final TcpConnection draft;

  CookieHandshake(
      TcpCore core,
      TcpInput input,
      SegmentArrives segmentArrives,
      TcpOutput output,
      Counters counters) {
    this.core = core;
    this.input = input;
    this.segmentArrives = segmentArrives;
    this.output = output;
    cookies = core.listeners().synCookies();
    this.counters = counters;
    draft = new TcpConnection(core);
  }

  /** Answers a SYN and forgets it; if there is no room to send, the peer retransmits it. */
  void answer(TcpListener listener, Segment seg, Path path) {
    core.opener().prepare(draft, listener, seg, path);
    if (!seg.options.timestamps) {
      seg.options.windowShift = -1; // there is nowhere to store them
      seg.options.sackPermitted = false;
      seg.flags &= ~ECN_SETUP;
    }
    input.takeSyn(draft);
    draft.iss = cookies.cookie(seg, seg.seq, TcpInput.offeredMss(seg), core.now());
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
   * @return false if it returns no valid one: the segment isn't for this listener
   */
  boolean accept(TcpListener listener, Segment seg) {
    TcpListener.PerCore queues = listener.on(core.index());
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
    Path path = input.admit(listener, queues, seg);
    if (path == null) {
      return true; // dropped: what the peer sends next carries the cookie, too
    }
    TcpConnection c = core.opener().passive(listener, seg, path);
    takeSynAgain(c, seg, irs, mss);
    core.opener().resume(c, iss);
    segmentArrives.process(c, seg);
    return true;
  }

  private void takeSynAgain(TcpConnection c, Segment seg, int irs, int mss) {
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
    input.takeSyn(c);
    seg.flags = flags;
    seg.seq = seq;
  }
}
