package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ACK;
import static org.mosstack.script.Seg.RST;
import static org.mosstack.script.Seg.SYN;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Opening: RFC 9293 sections 3.5 and 3.10.7.2 to 3.10.7.4, options, ISNs and ports. */
class HandshakeTest extends ScriptTestBase {
  // ---- Passive open and its options ----

  @Test
  void passiveOpenAnswersEveryOption() { // RFC 9293 3.7.1, RFC 7323 2.2 and 3.2
    start(c -> c.set(MosKeys.RMEM_SIZE, 1 << 20));
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(1400).wscale(7).sackOk().ts(77, 0));
    peer.expect(synAck().win(0xFFFF).mss(1460).wscale(5).sackOk().echo(77));
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.remove();
    app.write(3000);
    peer.expect(data(1, 1, 1388).win(0xFFFF >> 5).ts(peer.lastTsVal)); // the window grows later
    peer.expect(data(1389, 1, 1388));
    peer.expectNothing(); // Nagle
    peer.send(ack(1, 2777));
    peer.expect(data(2777, 1, 224).psh());
    peer.send(ack(1, 3001));
  }

  @Test
  void passiveOpenOffersOnlyWhatThePeerDid() { // RFC 7323 1.3: options in answer to options
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn());
    peer.expect(synAck().mss(1460).noWscale().noSackOk().noTs());
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.remove();
    app.write(600);
    peer.expect(data(1, 1, 536).noTs()); // RFC 9293 3.7.1: no MSS option means 536
  }

  @Test
  void windowScaleWithoutTimestampsAndTheOtherWay() { // RFC 7323 2.2, 3.2: independent options
    start();
    s.listen();
    Peer scaled = s.peer();
    scaled.send(syn().mss(1000).wscale(2));
    scaled.expect(synAck().wscale(0).noSackOk().noTs());
    Peer stamped = s.peer();
    stamped.send(syn().mss(1000).ts(5, 0));
    stamped.expect(synAck().noWscale().noSackOk().echo(5));
    Peer selective = s.peer(); // RFC 2018 2
    selective.send(syn().mss(1000).sackOk());
    selective.expect(synAck().noWscale().sackOk().noTs());
    rstAll(scaled, stamped, selective);
  }

  private void rstAll(Peer... peers) {
    for (Peer p : peers) {
      p.send(rst(1));
      p.expectNothing();
    }
  }

  @ParameterizedTest(name = "MSS option {0} means segments of {1}")
  @CsvSource({"0, 536", "1, 64", "12, 64", "64, 64", "536, 536", "1460, 1460", "9000, 1460"})
  void mssIsClamped(int option, int segment) { // RFC 9293 3.7.1
    start();
    s.listen();
    establish(syn().mss(option));
    app.connection.noDelay(true);
    app.write(1460);
    peer.expect(data(1, 1, segment));
    s.forgetReceived();
  }

  @Test
  void tinyMssLeavesRoomBehindTimestamps() { // RFC 6691: options come off the MSS
    establish(syn().mss(1).ts(1, 0));
    app.write(100);
    peer.expect(data(1, 1, 52));
    s.forgetReceived();
  }

  @Test
  void windowOfTheSynIsNotScaled() { // RFC 7323 2.2
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(1000).wscale(3).win(500));
    peer.expect(synAck());
    peer.send(ack(1, 1).win(500)); // 4000 bytes
    peer.expectNothing();
    app = s.accepted.remove();
    app.write(4500);
    for (int i = 0; i < 4; i++) {
      peer.expect(data(1 + i * 1000, 1, 1000));
    }
    peer.expectNothing();
  }

  @Test
  void windowShiftBeyond14IsTakenAs14() { // RFC 7323 2.3
    start();
    s.listen();
    establish(syn().mss(1000).wscale(200));
    peer.send(ack(1, 1).win(1)); // 16384 bytes
    app.write(20_000);
    for (int i = 0; i < 10; i++) {
      peer.expect(data(1 + i * 1000, 1, 1000));
    }
    peer.expectNothing(); // the initial congestion window
  }

  // ---- Active open ----

  @Test
  void activeOpenOffersAllOptionsAndTakesWhatComesBack() {
    start(c -> c.set(MosKeys.RMEM_SIZE, 1 << 18));
    connect();
    assertEquals(TcpState.SYN_SENT, app.connection.state());
    peer.send(synAck().mss(1000).wscale(4).ts(9));
    peer.expect(ack(1, 1).win(0xFFFF >> 3).echo(9));
    app.saw("connected");
    assertEquals(1, s.stack.count(Counter.TCP_ACTIVE_OPENS));
  }

  @Test
  void synOffersAllOptions() {
    start(c -> c.set(MosKeys.RMEM_SIZE, 1 << 18));
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    Seg came = peer.expect(syn().mss(1460).wscale(3).sackOk().echo(0).win(0xFFFF));
    s.run(5);
    peer.send(synAck().ts(1));
    assertEquals(came.tsVal + 5, peer.expect(ack(1, 1).echo(1)).tsVal); // a clock of milliseconds
  }

  @Test
  void timestampsHaveAnOffsetForEachPairOfEnds() { // RFC 7323 7.1
    start();
    Seg first = s.peerOf(s.connect(REMOTE_PORT, 0)).expect(syn());
    Seg second = s.peerOf(s.connect(REMOTE_PORT + 1, 0)).expect(syn());
    assertNotEquals(first.tsVal, second.tsVal); // sent at one instant
  }

  @Test
  void activeOpenWithoutAnyOptionInTheAnswer() { // RFC 7323 1.3, RFC 9293 3.7.1
    connect();
    peer.send(synAck());
    peer.expect(ack(1, 1).noTs().win(0xFFFF));
    app.write(1000);
    peer.expect(data(1, 1, 536));
    peer.expectNothing();
  }

  @Test
  void wrongAckInSynSentIsReset() { // RFC 9293 3.10.7.3, first
    connect();
    peer.send(ack(500, 2));
    peer.expect(rst(2));
    peer.send(synAck().mss(MSS).ts(1));
    peer.expect(ack(1, 1));
  }

  @Test
  void resetWithWrongAckInSynSentIsIgnored() { // RFC 9293 3.10.7.3, first and second
    connect();
    peer.send(rstAck(0, 0));
    peer.send(rst(0));
    peer.expectNothing();
    assertEquals(TcpState.SYN_SENT, app.connection.state());
  }

  @Test
  void resetInSynSentRefuses() { // RFC 9293 3.10.7.3, second
    connect();
    peer.send(rstAck(0, 1));
    app.saw("closed REFUSED");
    assertEquals(1, s.stack.count(Counter.TCP_FAILED_OPENS));
  }

  @Test
  void dataBehindTheSynAckInOneBurstIsTaken() {
    connect();
    peer.send(synAck().mss(MSS));
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101));
    app.saw("connected", "readable");
    assertEquals(100, app.readAll());
  }

  @Test
  void ackAloneInSynSentIsIgnored() { // RFC 9293 3.10.7.3: neither SYN nor RST
    connect();
    peer.send(ack(1, 1));
    peer.expectNothing();
    peer.send(fin(1, 1));
    peer.expectNothing();
    assertEquals(TcpState.SYN_SENT, app.connection.state());
  }

  // ---- Simultaneous open ----

  @Test
  void simultaneousOpen() { // RFC 9293 3.5, figure 8
    connect();
    peer.send(syn().mss(1000).wscale(2));
    peer.expect(synAck().mss(1460).wscale(0).noSackOk().noTs());
    assertEquals(TcpState.SYN_RECEIVED, app.connection.state());
    peer.send(synAck().mss(1000).wscale(2).win(1000));
    app.saw("connected");
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    app.write(5000);
    peer.expect(data(1, 1, 1000)); // RFC 7323 2.2: the window of a SYN isn't scaled
    peer.expectNothing();
  }

  @Test
  void simultaneousOpenEndedByPlainAck() {
    connect();
    peer.send(syn().mss(1000).sackOk().ts(4, 0));
    peer.expect(synAck().sackOk().echo(4));
    peer.send(ack(1, 1));
    app.saw("connected");
    peer.expectNothing();
  }

  @Test
  void resetInSimultaneousOpenRefuses() { // RFC 9293 3.10.7.4, second, SYN-RECEIVED
    connect();
    peer.send(syn().mss(1000));
    peer.expect(synAck());
    peer.send(rst(1));
    app.saw("closed REFUSED");
  }

  // ---- Retransmission of SYN and SYN-ACK ----

  @Test
  void synIsSentAgainWithBackOffAndGivenUp() { // RFC 6298 2.1 and 5.5, RFC 9293 MUST-23
    connect();
    for (int wait = 1000; wait <= 32_000; wait *= 2) {
      peer.expectAfter(wait, syn().mss(1460));
    }
    peer.expectAfter(60_000, syn().mss(1460));
    peer.expectNothingFor(59_900);
    app.saw(); // at least 3 minutes
    s.run(200);
    app.saw("closed TIMED_OUT");
  }

  @Test
  void connectTimeoutEndsTheOpen() {
    start();
    app = s.connect(REMOTE_PORT, 2500);
    peer = s.peerOf(app);
    peer.expect(syn());
    peer.expectAfter(1000, syn());
    s.run(1490);
    app.saw();
    s.run(11);
    app.saw("closed CONNECT_TIMED_OUT");
  }

  @Test
  void connectTimeoutIsOverOnceConnected() {
    start();
    app = s.connect(REMOTE_PORT, 2500);
    peer = s.peerOf(app);
    peer.expect(syn());
    peer.send(synAck().mss(MSS));
    peer.expect(ack(1, 1));
    s.run(10_000);
    app.saw("connected");
  }

  @Test
  void synAckIsSentAgainAndForgotten() { // RFC 9293 3.8.3
    reach(TcpState.SYN_RECEIVED);
    for (int wait = 1000; wait <= 16_000; wait *= 2) {
      peer.expectAfter(wait, synAck().mss(1460));
    }
    peer.expectNothingFor(100_000);
    assertEquals(0, s.core.connections());
    assertEquals(1, s.stack.count(Counter.TCP_FAILED_OPENS));
  }

  @Test
  void repeatedSynGetsTheSameSynAck() { // RFC 9293 3.10.7.4, fourth: SYN-ACK lost
    reach(TcpState.SYN_RECEIVED);
    int iss = peer.stackIss;
    peer.send(syn().mss(MSS));
    peer.expect(synAck().mss(1460));
    assertEquals(iss, peer.stackIss);
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
  }

  @Test
  void afterARetransmittedSynTheRtoIsThreeSeconds() { // RFC 6298 5.7
    connect();
    peer.expectAfter(1000, syn());
    peer.send(synAck().mss(MSS));
    peer.expect(ack(1, 1));
    app.saw("connected");
    app.write(100);
    peer.expect(data(1, 1, 100));
    peer.expectAfter(3000, data(1, 1, 100));
  }

  // ---- SYN_RECEIVED ----

  @Test
  void wrongAckInSynReceivedIsReset() { // RFC 9293 3.10.7.4, fifth, SYN-RECEIVED
    reach(TcpState.SYN_RECEIVED);
    peer.send(ack(1, 2));
    peer.expect(rst(2));
    peer.send(ack(1, 0));
    peer.expect(rst(0));
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
  }

  @Test
  void resetInSynReceivedForgets() { // RFC 9293 3.10.7.4, second, SYN-RECEIVED
    reach(TcpState.SYN_RECEIVED);
    peer.send(rst(1));
    peer.expectNothingFor(10_000);
    assertEquals(0, s.core.connections());
  }

  @Test
  void synInTheWindowInSynReceivedGoesBackToListen() { // RFC 9293 3.10.7.4, fourth
    reach(TcpState.SYN_RECEIVED);
    peer.send(Seg.of(SYN, 100, 0, 0).win(0));
    peer.expectNothing();
    assertEquals(0, s.core.connections());
    peer.iss(peer.iss() + 100).send(syn().mss(MSS)); // sent again
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
  }

  @Test
  void synOutsideTheWindowInSynReceivedIsAcknowledged() { // RFC 9293 3.10.7.4, first
    startOnce();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).ts(1000, 0));
    peer.expect(synAck());
    peer.send(Seg.of(SYN, -500, 0, 0).noTs()); // a peer that restarted
    peer.expect(ack(1, 1));
    peer.send(rst(1)); // its answer
    peer.expectNothing();
    assertEquals(0, s.core.connections());
  }

  @Test
  void synInTheWindowOfASimultaneousOpenIsChallenged() { // RFC 9293 3.10.7.4, fourth
    connect();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(Seg.of(SYN, 100, 0, 0));
    peer.expect(ack(1, 1));
    assertEquals(1, s.stack.count(Counter.DROP_TCP_SYN_CHALLENGED));
    peer.send(ack(1, 1));
    app.saw("connected");
  }

  @Test
  void dataAndFinWithTheLastAckAreTaken() { // RFC 9293 3.10.7.4, seventh and eighth
    reach(TcpState.SYN_RECEIVED);
    peer.send(Seg.dataFin(1, 1, 10));
    peer.expect(ack(1, 12));
    app = s.accepted.remove();
    app.saw("readable");
    assertEquals(10, app.readAll());
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  @Test
  void dataInTheSynIsLeftForLater() { // RFC 9293 3.4: acknowledged later
    start();
    s.listen();
    peer = s.peer();
    peer.send(Seg.of(SYN, 0, 0, 100));
    peer.expect(synAck());
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101));
    app = s.accepted.remove();
    assertEquals(100, app.readAll());
  }

  @Test
  void repeatedSynAckIsAcknowledgedAgain() { // our ACK was lost
    connectAndEstablish();
    s.run(1000);
    peer.send(synAck().mss(MSS));
    peer.expect(ack(1, 1));
    app.saw();
  }

  @Test
  void segmentWithoutAckInSynReceivedIsDropped() {
    reach(TcpState.SYN_RECEIVED);
    peer.send(Seg.of(0, 1, 0, 5));
    peer.expectNothing();
    assertEquals(1, s.stack.count(Counter.DROP_TCP_NO_ACK));
  }

  // ---- Failures of the network while opening ----

  @ParameterizedTest(name = "ICMP unreachable, code {0}: {1}")
  @CsvSource({
    "0, NET_UNREACHABLE",
    "1, HOST_UNREACHABLE",
    "2, REFUSED",
    "3, REFUSED",
    "13, HOST_UNREACHABLE"
  })
  void icmpUnreachableEndsAnOpen(int code, TcpError error) { // RFC 5461 4, RFC 9293 3.9.2.2
    connect();
    peer.icmp(3, code, 0, 0);
    app.saw("closed " + error);
  }

  @Test
  void icmpAboutAnotherSequenceIsIgnored() { // RFC 5927 4.1
    connect();
    peer.icmp(3, 3, 0, 1);
    peer.icmp(3, 3, 0, -1);
    peer.icmp(3, 3, 0, 0x4000_0000);
    peer.expectNothing();
    app.saw();
    assertEquals(TcpState.SYN_SENT, app.connection.state());
    assertEquals(3, s.stack.count(Counter.DROP_ICMP_IGNORED));
  }

  @Test
  void unansweredArpEndsAnOpen() { // RFC 1122 2.3.2.2, RFC 9293 3.9.2.2
    s = new Script(1500, 1, c -> c); // no static ARP entry
    int announced = s.arpRequests;
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expectNothingFor(2900);
    app.saw();
    assertEquals(3, s.arpRequests - announced);
    s.run(200);
    app.saw("closed HOST_UNREACHABLE");
    assertEquals(0, s.core.connections());
  }

  // ---- Resources ----

  @Test
  void emptyPoolDelaysTheHandshakeOnly() {
    start();
    s.emptyPool();
    app = s.connect(REMOTE_PORT, 0);
    peer = s.peerOf(app);
    peer.expectNothing();
    assertTrue(s.stack.count(Counter.NO_MBUF) > 0);
    s.refillPool();
    peer.expect(syn());
  }

  @Test
  void closeBeforeTheAnswerSendsNothing() { // RFC 9293 3.10.4, SYN-SENT
    connect();
    app.connection.close();
    app.saw("closed ABORTED");
    peer.expectNothingFor(10_000);
    peer.send(synAck());
    peer.expect(rst(1));
  }

  @Test
  void garbageInSynSentChangesNothing() {
    connect();
    for (int flags = 0; flags < 64; flags++) {
      boolean answered = (flags & (SYN | RST)) != 0 || (flags & ACK) != 0;
      if (!answered) {
        peer.send(Seg.of(flags, 77, 0, 3));
      }
    }
    peer.expectNothing();
    assertEquals(TcpState.SYN_SENT, app.connection.state());
  }
}
