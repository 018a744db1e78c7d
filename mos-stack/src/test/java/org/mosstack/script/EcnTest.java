package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.mosstack.config.EcnMode;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpInfo;
import org.mosstack.stats.Counter;

/** Explicit congestion notification: RFC 3168 section 6.1. */
class EcnTest extends ScriptTestBase {
  private static final int NOT_ECT = 0;
  private static final int ECT_0 = 2;
  private static final int CE = 3;

  private void establishWithEcn() {
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).ece().cwr());
    peer.expect(synAck().ece().tos(NOT_ECT));
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.removeLast();
  }

  private boolean used() {
    TcpInfo info = app.connection.info(s.now(), app.connection.incarnation());
    return (info.options() & TcpInfo.OPTION_ECN) != 0;
  }

  // ---- The handshake ----

  @Test
  void acceptedByDefaultAndNotAskedFor() { // RFC 3168 6.1.1
    establishWithEcn();
    assertTrue(used());
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expect(syn().tos(NOT_ECT));
    peer.send(synAck().mss(MSS).ece()); // not requested
    peer.expect(ack(1, 1));
    assertTrue(!used());
  }

  @Test
  void refusedWhenOff() {
    start(c -> c.set(MosKeys.TCP_ECN, EcnMode.OFF));
    establish(syn().mss(MSS).ece().cwr());
    assertTrue(!used());
    app.write(10);
    peer.expect(data(1, 1, 10).tos(NOT_ECT));
    peer.send(ack(1, 11));
  }

  @Test
  void oneFlagAloneDoesNotAsk() { // RFC 3168 6.1.1
    start();
    establish(syn().mss(MSS).ece());
    assertTrue(!used());
    establish(syn().mss(MSS).cwr());
    assertTrue(!used());
  }

  @Test
  void aMarkedSynIsNotBelieved() { // RFC 3168 6.1.1: a SYN is never marked
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).ece().cwr().tos(CE));
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.removeLast();
    assertTrue(!used());
  }

  @Test
  void ourSynAsksWhenTold() {
    start(c -> c.set(MosKeys.TCP_ECN, EcnMode.ASK));
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expect(syn().ece().cwr().tos(NOT_ECT));
    peer.send(synAck().mss(MSS).ece());
    peer.expect(ack(1, 1).tos(NOT_ECT));
    assertTrue(used());
    app.write(10);
    peer.expect(data(1, 1, 10).tos(ECT_0));
    peer.send(ack(1, 11));
  }

  @Test
  void anAnswerWithBothFlagsReflectsThemOnly() { // RFC 3168 6.1.1
    start(c -> c.set(MosKeys.TCP_ECN, EcnMode.ASK));
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expect(syn().ece().cwr());
    peer.send(synAck().mss(MSS).ece().cwr());
    peer.expect(ack(1, 1));
    assertTrue(!used());
  }

  @Test
  void aRepeatedSynDoesNotAskAgain() { // RFC 3168 6.1.1.1
    start(c -> c.set(MosKeys.TCP_ECN, EcnMode.ASK));
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expect(syn().ece().cwr());
    peer.expectAfter(1000, syn());
    peer.send(synAck().mss(MSS).ece()); // from the first SYN
    peer.expect(ack(1, 1));
    assertTrue(!used());
  }

  @Test
  void theRepeatedSynCounts() { // RFC 3168 6.1.1.1, from the other side
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).ece().cwr());
    peer.expect(synAck().ece());
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.removeLast();
    assertTrue(!used());
  }

  // ---- The receiver ----

  @Test
  void aMarkIsEchoedUntilItIsHeard() { // RFC 3168 6.1.3
    establishWithEcn();
    int next = spendQuickAcks();
    peer.send(data(next, 1, 100).tos(CE));
    peer.expect(ack(1, next + 100).ece().tos(NOT_ECT)); // immediately
    peer.send(data(next + 100, 1, 100).tos(ECT_0));
    peer.expectAfter(40, ack(1, next + 200).ece());
    app.write(10);
    peer.expect(data(1, next + 200, 10).ece().tos(ECT_0));
    peer.send(data(next + 200, 11, 100).cwr().tos(ECT_0));
    peer.expectAfter(40, ack(11, next + 300));
    peer.send(data(next + 300, 11, 100).tos(CE));
    peer.expect(ack(11, next + 400).ece());
    peer.send(data(next + 400, 11, 100).cwr().tos(CE)); // CWR received, and CE again
    peer.expect(ack(11, next + 500).ece());
    assertEquals(3, s.stack.count(Counter.TCP_ECN_CE_RECEIVED));
    app.readAll();
  }

  @Test
  void marksOfOldDataAndAcksDoNotCount() { // RFC 3168 6.1.4, 6.1.5
    establishWithEcn();
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101));
    peer.send(data(1, 1, 100).tos(CE));
    peer.expect(ack(1, 101));
    peer.send(ack(101, 1).tos(CE));
    peer.send(data(101, 1, 100));
    peer.expect(ack(1, 201));
    app.readAll();
  }

  @Test
  void marksMeanNothingWithoutAgreement() {
    establish();
    peer.send(data(1, 1, 100).tos(CE));
    peer.expect(ack(1, 101));
    app.readAll();
  }

  // ---- The sender ----

  @Test
  void onlyNewDataMayBeMarked() { // RFC 3168 6.1.4, 6.1.5, 6.1.6
    establishWithEcn();
    app.connection.tos(0xFF);
    app.write(100);
    peer.expect(data(1, 1, 100).tos(0xFC | ECT_0));
    peer.expectAfter(200, data(1, 1, 100).tos(0xFC)); // a retransmission
    peer.send(ack(1, 101).win(0));
    peer.expectNothing();
    app.write(100);
    peer.expectAfter(400, data(101, 1, 1).tos(0xFC)); // a probe
    peer.send(ack(1, 102));
    peer.expect(data(102, 1, 99).cwr().tos(0xFC | ECT_0)); // after the timeout (6.1.2)
    peer.send(ack(1, 201));
  }

  @Test
  void anEchoHalvesTheWindowOncePerWindowOfData() { // RFC 3168 6.1.2
    establishWithEcn();
    app.write(40 * MSS);
    s.settle();
    assertEquals(10, peer.received.size());
    final int before = app.connection.congestionWindow();
    peer.received.clear();
    peer.send(ack(1, 1 + MSS).ece());
    s.settle();
    assertEquals(1, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
    for (int i = 2; i <= 9; i++) { // of the same window of data
      peer.send(ack(1, 1 + i * MSS).ece());
      s.settle();
    }
    assertEquals(1, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
    int after = app.connection.congestionWindow(); // CUBIC: 0.85 (RFC 8511), in proportion
    assertTrue(after <= before * 85 / 100 + 1, before + " to " + after);
    Seg first = peer.received.peek();
    assertTrue(first.has(Seg.CWR) && first.seq == 1 + 10 * MSS, "first new data: " + first);
    assertEquals(1, peer.received.stream().filter(seg -> seg.has(Seg.CWR)).count());
    peer.send(ack(1, 1 + 11 * MSS).ece()); // for the next window of data
    s.settle();
    assertEquals(2, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
    s.forgetReceived();
  }

  @Test
  void aLossReducesOnceToo() { // RFC 3168 6.1.2
    establishWithEcn();
    app.write(10 * MSS);
    s.forgetReceived();
    for (int i = 0; i < 4; i++) {
      peer.send(ack(1, 1).ece());
      s.settle();
    }
    assertEquals(1, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
    s.forgetReceived();
  }

  @Test
  void aLossAnswersTheEcho() { // RFC 3168 6.1.2: CWR: window reduced for any reason
    establishWithEcn();
    app.write(10 * MSS);
    s.forgetReceived();
    for (int i = 0; i < 3; i++) {
      peer.send(ack(1, 1));
      s.settle();
    }
    peer.expect(data(1, 1, MSS).tos(NOT_ECT));
    peer.send(ack(1, 1 + 10 * MSS).ece());
    peer.expectNothing();
    assertEquals(0, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
    app.write(10);
    peer.expect(data(1 + 10 * MSS, 1, 10).cwr().tos(ECT_0));
    peer.send(ack(1, 11 + 10 * MSS));
  }

  @Test
  void echoesMeanNothingWithoutAgreement() {
    establish();
    app.write(5 * MSS);
    s.forgetReceived();
    peer.send(ack(1, 1 + MSS).ece());
    s.settle();
    assertEquals(0, s.stack.count(Counter.TCP_ECN_REDUCTIONS));
  }
}
