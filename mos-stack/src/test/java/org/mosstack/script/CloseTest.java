package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Closing, from every side: RFC 9293 sections 3.6 and 3.10.4 to 3.10.7. */
class CloseTest extends ScriptTestBase {
  private TcpState state() {
    return app.connection.state();
  }

  // ---- Orderly ----

  @Test
  void weCloseFirst() { // RFC 9293 3.6, figure 12
    establish();
    app.connection.close();
    peer.expect(fin(1, 1));
    assertEquals(TcpState.FIN_WAIT_1, state());
    peer.send(ack(1, 2));
    peer.expectNothing();
    assertEquals(TcpState.FIN_WAIT_2, state());
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("closed NONE");
    assertEquals(1, s.stack.flows()); // TIME_WAIT
    assertEquals(0, s.core.connections());
  }

  @Test
  void thePeerClosesFirst() { // RFC 9293 3.6, case 2
    establish();
    peer.send(fin(1, 1));
    peer.expect(ack(1, 2));
    app.saw("readable");
    assertEquals(-1, app.read(1));
    assertEquals(TcpState.CLOSE_WAIT, state());
    app.connection.close();
    peer.expect(fin(1, 2));
    assertEquals(TcpState.LAST_ACK, state());
    peer.send(ack(2, 2));
    app.saw("closed NONE");
    assertEquals(0, s.stack.flows()); // no TIME_WAIT on this side
  }

  @Test
  void bothCloseAtOnce() { // RFC 9293 3.6, figure 13
    establish();
    app.connection.close();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 1));
    peer.expect(ack(2, 2));
    assertEquals(TcpState.CLOSING, state());
    peer.send(ack(2, 2));
    app.saw("closed NONE");
    assertEquals(1, s.stack.flows());
  }

  @Test
  void finThatAcknowledgesOurs() { // RFC 9293 3.10.7.4: ACK is processed before FIN
    establish();
    app.connection.close();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("closed NONE");
  }

  @Test
  void lostFinIsSentAgainInLastAck() {
    reach(TcpState.LAST_ACK);
    app.connection.close();
    peer.expectAfter(200, fin(1, 2));
    peer.send(ack(2, 2));
    app.saw("closed NONE");
  }

  @Test
  void lostAckOfThePeersFinIsSentAgain() {
    reach(TcpState.CLOSE_WAIT);
    peer.send(fin(1, 1));
    peer.expect(ack(1, 2));
    assertEquals(TcpState.CLOSE_WAIT, state());
  }

  @Test
  void writtenDataGoesOutBeforeTheFin() {
    establish();
    app.write(15 * MSS);
    app.connection.close();
    for (int i = 0; i < 10; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    peer.send(ack(1, 1 + 10 * MSS));
    for (int i = 10; i < 14; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    peer.expect(dataFin(1 + 14 * MSS, 1, MSS));
    peer.send(ack(1, 2 + 15 * MSS));
    peer.send(fin(1, 2 + 15 * MSS));
    peer.expect(ack(2 + 15 * MSS, 2));
    app.saw("closed NONE");
    assertEquals(0, app.held());
  }

  @Test
  void closingTwiceIsClosingOnce() {
    establish();
    app.connection.close();
    app.connection.close();
    app.connection.shutdownOutput();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("closed NONE");
  }

  // ---- Half-close ----

  @Test
  void weHalfCloseAndReadOn() { // RFC 9293 3.6: the close is simplex
    reach(TcpState.FIN_WAIT_2);
    assertTrue(app.connection.isOutputShutdown());
    assertEquals(0, app.write(10));
    peer.send(data(1, 2, 1000));
    peer.expect(ack(2, 1001));
    s.run(120_000); // without a limit
    assertEquals(1000, app.readAll());
    peer.send(dataFin(1001, 2, 10));
    peer.expect(ack(2, 1012));
    app.saw("readable", "readable");
    assertEquals(10, app.readAll());
    assertEquals(-1, app.read(1));
    assertEquals(TcpState.TIME_WAIT, state());
    app.connection.close();
    app.saw("closed NONE");
  }

  @Test
  void thePeerHalfClosesAndWeWriteOn() {
    reach(TcpState.CLOSE_WAIT);
    s.run(120_000);
    app.write(1000);
    peer.expect(data(1, 2, 1000));
    peer.send(ack(2, 1001));
    app.connection.close();
    peer.expect(fin(1001, 2));
    peer.send(ack(2, 1002));
    app.saw("closed NONE");
  }

  @Test
  void dataCanBeReadLongAfterTheConnectionIsGone() {
    start(c -> c.set(MosKeys.TCP_TW_INTERVAL, 0));
    reach(TcpState.FIN_WAIT_2);
    peer.send(dataFin(1, 2, 10));
    peer.expect(ack(2, 12));
    app.saw("readable");
    assertEquals(0, s.stack.flows());
    s.run(100_000);
    assertEquals(10, app.readAll());
    assertEquals(-1, app.read(1));
    app.connection.close();
    app.saw("closed NONE");
  }

  // ---- With RST ----

  @Test
  void closingWithUnreadDataResets() { // RFC 9293 3.6.1, RFC 2525 2.17
    establish();
    peer.send(data(1, 1, 10));
    peer.expect(ack(1, 11));
    app.connection.close();
    peer.expect(rstAck(1, 11));
    app.sawClosed(TcpError.ABORTED);
    assertEquals(0, s.core.connections());
  }

  @ParameterizedTest
  @EnumSource(names = {"FIN_WAIT_1", "FIN_WAIT_2"})
  void dataForAClosedApplicationResets(TcpState state) { // RFC 9293 3.6.1
    reach(state);
    app.connection.close();
    int ack = state == TcpState.FIN_WAIT_1 ? 1 : 2;
    peer.send(data(1, ack, 10));
    peer.expect(rstAck(2, 1));
    app.saw("closed ABORTED");
    assertEquals(0, s.core.connections());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT", "SYN_RECEIVED"})
  void abortResets(TcpState state) { // RFC 9293 3.10.5
    reach(state);
    app.connection.abort();
    int rcvNxt =
        switch (state) {
          case ESTABLISHED, FIN_WAIT_1, FIN_WAIT_2 -> 1;
          default -> 2;
        };
    if (state == TcpState.TIME_WAIT) {
      peer.expectNothing();
    } else {
      boolean finSent = state != TcpState.ESTABLISHED && state != TcpState.CLOSE_WAIT;
      peer.expect(rstAck(finSent ? 2 : 1, rcvNxt));
    }
    app.saw("closed ABORTED");
    peer.expectNothingFor(100_000);
  }

  @Test
  void abortInSynSentSendsNothing() { // RFC 9293 3.10.5
    connect();
    app.connection.abort();
    app.saw("closed ABORTED");
    peer.expectNothingFor(10_000);
  }

  @Test
  void afterAnAbortThePeerGetsResets() {
    establish();
    app.connection.abort();
    peer.expect(rstAck(1, 1));
    peer.send(data(1, 1, 10));
    peer.expect(rst(1));
    app.sawClosed(TcpError.ABORTED);
  }

  @Test
  void resetWithDataThatWasNotRead() { // data before the RST can still be read
    establish();
    peer.send(data(1, 1, 10));
    peer.send(rst(11));
    app.onClosed = _ -> assertEquals(10, app.readAll());
    app.saw("readable", "closed RESET");
  }

  @Test
  void resetReleasesWhatWasWritten() {
    establish();
    app.write(100);
    app.write(100);
    s.settle();
    s.forgetReceived();
    peer.send(rst(1));
    app.saw("closed RESET");
    assertEquals(0, app.held());
  }

  // ---- FIN_WAIT_2 without an application ----

  @Test
  void orphanedFinWait2EndsAfterAMinute() { // as everyone does, contrary to the letter of RFC 9293
    establish();
    app.connection.close();
    peer.expect(fin(1, 1));
    peer.send(ack(1, 2));
    peer.expectNothingFor(59_900);
    assertEquals(1, s.core.connections());
    s.run(200);
    app.saw("closed NONE");
    assertEquals(0, s.core.connections());
    peer.send(fin(1, 2));
    peer.expect(rst(2));
  }

  @Test
  void closeInFinWait2StartsThatMinute() {
    reach(TcpState.FIN_WAIT_2);
    s.run(100_000);
    app.connection.close();
    s.run(59_900);
    app.saw();
    s.run(200);
    app.saw("closed NONE");
  }

  // ---- TIME_WAIT ----

  @Test
  void timeWaitLastsItsTime() { // RFC 9293 3.6.1, tcp_tw_interval
    reach(TcpState.TIME_WAIT);
    app.connection.close();
    app.saw("closed NONE");
    s.run(59_990);
    assertEquals(1, s.stack.flows());
    s.run(20);
    assertEquals(0, s.stack.flows());
  }

  @Test
  void repeatedFinIsAnsweredAndRestartsTimeWait() { // RFC 9293 3.10.7.4, eighth, TIME-WAIT
    reach(TcpState.TIME_WAIT);
    s.run(40_000);
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    s.run(40_000);
    assertEquals(1, s.stack.flows());
    s.run(20_010);
    assertEquals(0, s.stack.flows());
  }

  @Test
  void resetDoesNotEndTimeWait() { // RFC 1337
    reach(TcpState.TIME_WAIT);
    peer.send(rst(2));
    peer.send(rst(3));
    peer.expectNothing();
    assertEquals(1, s.stack.flows());
  }

  @Test
  void withoutIntervalThereIsNoTimeWait() { // tcp_tw_interval = 0
    start(c -> c.set(MosKeys.TCP_TW_INTERVAL, 0));
    establish();
    app.connection.close();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("closed NONE");
    assertEquals(0, s.stack.flows());
    peer.send(fin(1, 2));
    peer.expect(rst(2));
  }

  private void timeWait(Seg syn) {
    establish(syn);
    app.connection.close();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("closed NONE");
  }

  @Test
  void newerTimestampReopens() { // RFC 6191 2
    timeWait(syn().mss(MSS).ts(1, 0));
    int last = peer.stackIss + 2;
    peer.iss(peer.iss() - 5000); // a lower number is fine
    peer.send(syn().mss(MSS).ts(s.peerMillis() + 1, 0));
    peer.expect(Seg.synAck());
    assertTrue(peer.stackIss - last > 0, "the ISN is beyond the old connection");
    peer.send(ack(1, 1).ts(s.peerMillis() + 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
    assertEquals(1, s.stack.count(Counter.TCP_TIME_WAIT_REUSED));
  }

  @Test
  void olderTimestampDoesNotReopen() { // RFC 6191 2
    timeWait(syn().mss(MSS).ts(500, 0));
    int iss = peer.stackIss;
    Seg late = syn().mss(MSS).ts(400, 0);
    late.seq = 9000;
    peer.send(late);
    peer.expect(ack(2, 2));
    assertEquals(iss, peer.stackIss);
    assertEquals(0, s.stack.count(Counter.TCP_TIME_WAIT_REUSED));
  }

  @Test
  void higherSequenceReopensWithoutTimestamps() { // RFC 6191 2, RFC 9293 3.6.1
    timeWait(syn().mss(MSS));
    Seg lower = Seg.of(Seg.SYN, 1, 0, 0);
    peer.send(lower);
    peer.expect(ack(2, 2));
    peer.iss(peer.iss() + 3);
    peer.send(syn().mss(MSS));
    peer.expect(Seg.synAck());
    peer.send(ack(1, 1));
    peer.expectNothing();
    assertEquals(1, s.accepted.size());
  }

  @Test
  void aSynThatNobodyWouldTakeDoesNotEndTimeWait() { // RFC 6191 2: only for a new connection
    timeWait(syn().mss(MSS));
    s.listener.close();
    s.listener = null;
    peer.send(Seg.of(Seg.SYN, 3, 0, 0));
    peer.expect(ack(2, 2));
    assertEquals(1, s.stack.flows());
  }

  // ---- Closing the stack ----

  @Test
  void closingTheStackTellsEverybody() {
    establish();
    App established = app;
    app.write(100);
    peer.expect(data(1, 1, 100));
    connect();
    App opening = app;
    s.core.close();
    assertEquals(TcpError.STACK_CLOSED, established.error);
    assertEquals(TcpError.STACK_CLOSED, opening.error);
    assertEquals(0, established.held());
    s.stack.close();
    s = null;
  }
}
