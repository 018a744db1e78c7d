package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The hand-made end of one connection: sends exactly what a script says and compares what comes.
 *
 * <p>Its ISN stands just before the wrap of sequence numbers, so that every script crosses it.
 */
final class Peer {
  static final int DEFAULT_WINDOW = 0xFFFF;

  final int port;
  final int stackPort;

  /** The window field of segments that don't say one. */
  int window = DEFAULT_WINDOW;

  /** The stack's ISN, known from its SYN. */
  int stackIss;

  /** Timestamp value of what came last. */
  int lastTsVal;

  /** Timestamp value of the stack's SYN. */
  int synTsVal;

  final ArrayDeque<Seg> received = new ArrayDeque<>();
  private final Script script;
  private int iss = 0xFFFF_FF00;
  private boolean timestamps;

  Peer(Script script, int port, int stackPort) {
    this.script = script;
    this.port = port;
    this.stackPort = stackPort;
  }

  Peer iss(int newIss) {
    iss = newIss;
    return this;
  }

  int iss() {
    return iss;
  }

  /** Sends a segment; the stack sees it when time or turns go on. */
  Peer send(Seg seg) {
    if (seg.win == null) {
      seg.win = window;
    }
    if (seg.hasTs == null && timestamps) {
      seg.hasTs = true;
    }
    if (seg.hasTs == Boolean.TRUE) {
      seg.tsVal = seg.tsVal == null ? script.peerMillis() : seg.tsVal;
      seg.tsEcr = seg.tsEcr == null ? lastTsVal : seg.tsEcr;
    }
    if (seg.has(Seg.SYN)) {
      timestamps = seg.hasTs == Boolean.TRUE;
    }
    byte[] tcp = seg.encode(port, stackPort, iss, stackIss);
    script.sendTcp(tcp, seg);
    return this;
  }

  /** A segment of the stack's came. */
  void arrive(ByteBuffer tcp, int tos, boolean dontFragment, long nanos) {
    if ((tcp.get(13) & Seg.SYN) != 0) {
      stackIss = tcp.getInt(4);
    }
    Seg seg = Seg.decode(tcp, stackIss, iss);
    seg.atNanos = nanos;
    seg.tos = tos;
    seg.dontFragment = dontFragment;
    if (seg.hasTs) {
      lastTsVal = seg.tsVal;
      synTsVal = seg.has(Seg.SYN) ? seg.tsVal : synTsVal;
    }
    if (seg.cookie != null && seg.cookie.length > 0) {
      script.lastCookie = seg.cookie;
    }
    received.add(seg);
  }

  /** The Fast Open cookie that came last, to any peer. */
  byte[] lastCookie() {
    if (script.lastCookie == null) {
      throw new AssertionError("no cookie came yet");
    }
    return script.lastCookie;
  }

  /** The next segment comes without time passing, and is this. */
  Seg expect(Seg wanted) {
    script.settle();
    return compare(wanted);
  }

  /**
   * The next segment comes after this time, on the millisecond of the stack's timers or within the
   * one after, and is this.
   */
  Seg expectAfter(double millis, Seg wanted) {
    long start = script.now();
    script.settle();
    if (!received.isEmpty()) {
      throw new AssertionError("came at once: " + received.peek() + ", wanted later: " + wanted);
    }
    long due = start + (long) (millis * 1e6);
    script.runUntil(() -> !received.isEmpty(), due + 2_000_000);
    Seg actual = compare(wanted);
    if (actual.atNanos - due < 0) {
      throw new AssertionError(
          wanted + " came after " + (actual.atNanos - start) / 1e6 + " ms, not " + millis);
    }
    return actual;
  }

  private Seg compare(Seg wanted) {
    Seg actual = received.poll();
    if (actual == null) {
      throw new AssertionError("nothing came, wanted " + wanted + script.state());
    }
    if (!wanted.matches(actual)) {
      throw new AssertionError(
          "came   " + actual + "\nwanted " + wanted + "\nthen   " + received + script.state());
    }
    byte[] expected =
        wanted.payload != null ? wanted.payload : Seg.patternBytes(actual.dataSeq(), actual.len);
    assertArrayEquals(expected, actual.payload, () -> "payload of " + actual);
    return actual;
  }

  /** Nothing comes without time passing. */
  void expectNothing() {
    script.settle();
    if (!received.isEmpty()) {
      throw new AssertionError("came " + received + ", wanted nothing" + script.state());
    }
  }

  /** Nothing comes for this time. */
  void expectNothingFor(double millis) {
    script.settle();
    script.runUntil(() -> !received.isEmpty(), script.now() + (long) (millis * 1e6));
    expectNothing();
  }

  /** An ICMP message about a segment that the stack sent with this relative sequence number. */
  void icmp(int type, int code, int mtu, int seq) {
    ByteBuffer quoted = ByteBuffer.allocate(8);
    quoted.putShort((short) stackPort).putShort((short) port).putInt(stackIss + seq);
    script.sendIcmp(type, code, mtu, quoted.array());
  }
}
