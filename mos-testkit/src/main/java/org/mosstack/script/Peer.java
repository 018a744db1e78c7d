package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * The scripted end of a connection: sends exactly what a script says and compares what arrives.
 *
 * <p>Its ISN is just before the wrap of sequence numbers, so that every script crosses it.
 */
final class Peer {
  static final int DEFAULT_WINDOW = 0xFFFF;

  final int port;
  final int stackPort;

  /** The window field of segments that don't set one. */
  int window = DEFAULT_WINDOW;

  /** The stack's ISN, known from its SYN. */
  int stackIss;

  /** Timestamp value of the last segment received. */
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

  /** Sends a segment; the stack sees it when time or turns advance. */
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

  /** Receives a segment from the stack. */
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

  /** Returns the last Fast Open cookie given to any peer. */
  byte[] lastCookie() {
    if (script.lastCookie == null) {
      throw new AssertionError("no cookie came yet");
    }
    return script.lastCookie;
  }

  /** Expects this segment next, without time passing. */
  Seg expect(Seg wanted) {
    script.settle();
    return compare(wanted);
  }

  /**
   * Expects this segment next after this time, in the same or the next millisecond of the stack's
   * timers.
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

  /** Expects nothing without time passing. */
  void expectNothing() {
    script.settle();
    if (!received.isEmpty()) {
      throw new AssertionError("came " + received + ", wanted nothing" + script.state());
    }
  }

  /** Expects nothing for this time. */
  void expectNothingFor(double millis) {
    script.settle();
    script.runUntil(() -> !received.isEmpty(), script.now() + (long) (millis * 1e6));
    expectNothing();
  }

  /** Sends an ICMP message about a segment of the stack's with this relative sequence number. */
  void icmp(int type, int code, int mtu, int seq) {
    ByteBuffer quoted = ByteBuffer.allocate(8);
    quoted.putShort((short) stackPort).putShort((short) port).putInt(stackIss + seq);
    script.sendIcmp(type, code, mtu, quoted.array());
  }
}
