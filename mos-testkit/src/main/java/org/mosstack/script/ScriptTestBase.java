package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.socket.TcpState;

/** Shared by scripts: a stack, one connection in any state, and the check that nothing is left. */
abstract class ScriptTestBase {
  /** The peer's MSS in {@link #establish()}: the payload of a full segment without timestamps. */
  static final int MSS = 1460;

  static final int REMOTE_PORT = 8080;

  Script s;
  Peer peer;
  App app;

  void start() {
    start(config -> config);
  }

  /** Starts a stack with other settings. */
  void start(UnaryOperator<MosConfigBuilder> setup) {
    s = new Script(1500, 1, config -> setup.apply(withArp(config)));
  }

  static MosConfigBuilder withArp(MosConfigBuilder config) {
    return config.arp("10.0.0.2 02:00:00:00:00:02");
  }

  @AfterEach
  void nothingIsLeft() {
    if (s != null) {
      s.finish();
    }
  }

  void startOnce() {
    if (s == null) {
      start();
    }
  }

  /** Lets the peer connect: MSS 1460, no window scale, no timestamps. */
  void establish() {
    establish(syn().mss(MSS));
  }

  /** Lets the peer connect with this SYN. */
  void establish(Seg syn) {
    startOnce();
    if (s.listener == null) {
      s.listen();
    }
    peer = s.peer();
    handshake(peer, syn);
    app = s.accepted.removeLast();
  }

  void handshake(Peer p, Seg syn) {
    p.send(syn);
    p.expect(synAck());
    p.send(ack(1, 1));
    p.expectNothing();
  }

  /** Connects the stack, and consumes its SYN; the peer hasn't answered it. */
  void connect() {
    startOnce();
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expect(syn());
  }

  /** Connects the stack; the peer accepts. */
  void connectAndEstablish() {
    connect();
    peer.send(synAck().mss(MSS));
    peer.expect(ack(1, 1));
    app.saw("connected");
  }

  /**
   * Uses up a new connection's quick ACKs on one-byte segments, which are read; returns the peer's
   * next sequence number.
   */
  int spendQuickAcks() {
    int seq = 1;
    for (int i = 0; i < 16; i++) {
      peer.send(data(seq, 1, 1));
      peer.expect(ack(1, ++seq));
    }
    app.readAll();
    app.forgetEvents();
    return seq;
  }

  /** Brings a connection into this state. The FIN of either side, if sent, is at 1. */
  void reach(TcpState state) {
    switch (state) {
      case CLOSED -> startOnce();
      case SYN_SENT -> connect();
      case SYN_RECEIVED -> {
        startOnce();
        s.listen();
        peer = s.peer();
        peer.send(syn().mss(MSS));
        peer.expect(synAck());
      }
      case ESTABLISHED -> establish();
      case FIN_WAIT_1 -> {
        establish();
        app.connection.shutdownOutput();
        peer.expect(fin(1, 1));
      }
      case FIN_WAIT_2 -> {
        reach(TcpState.FIN_WAIT_1);
        peer.send(ack(1, 2));
        peer.expectNothing();
      }
      case CLOSE_WAIT -> {
        establish();
        peer.send(fin(1, 1));
        peer.expect(ack(1, 2));
      }
      case CLOSING -> {
        reach(TcpState.FIN_WAIT_1);
        peer.send(fin(1, 1));
        peer.expect(ack(2, 2));
      }
      case LAST_ACK -> {
        reach(TcpState.CLOSE_WAIT);
        app.connection.shutdownOutput();
        peer.expect(fin(1, 2));
      }
      case TIME_WAIT -> {
        reach(TcpState.FIN_WAIT_2);
        peer.send(fin(1, 2));
        peer.expect(ack(2, 2));
      }
    }
    if (app != null) {
      app.forgetEvents();
      assertEquals(state, app.connection.state());
    }
  }
}
