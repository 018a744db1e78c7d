package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ACK;
import static org.mosstack.script.Seg.SYN;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Which segments are accepted: RFC 9293 section 3.10.7.4, RFC 5961, RFC 7323 section 5. */
class ArrivalTest extends ScriptTestBase {
  private static final int WINDOW = 0xFFFF;

  // ---- In every state ----

  /** Returns the stack's next sequence number in a state that {@code reach} set up. */
  private static int sndNxt(TcpState state) {
    return switch (state) {
      case FIN_WAIT_1, FIN_WAIT_2, CLOSING, LAST_ACK, TIME_WAIT -> 2;
      default -> 1;
    };
  }

  private static int rcvNxt(TcpState state) {
    return switch (state) {
      case CLOSE_WAIT, CLOSING, LAST_ACK, TIME_WAIT -> 2;
      default -> 1;
    };
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT", "TIME_WAIT"})
  void resetAtRcvNxtEndsEveryState(TcpState state) { // RFC 9293 3.10.7.4, second
    reach(state);
    peer.send(rst(rcvNxt(state)));
    peer.expectNothing();
    assertEquals(0, s.core.connections());
    assertEquals(1, s.stack.count(Counter.TCP_RESETS_RECEIVED));
    if (state == TcpState.CLOSING || state == TcpState.LAST_ACK) {
      app.connection.close();
      app.saw("closed NONE"); // both sides had ended
    } else if (state != TcpState.SYN_RECEIVED) {
      app.saw("closed RESET");
    }
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT", "TIME_WAIT"})
  void resetInTheWindowIsChallenged(TcpState state) { // RFC 5961 3.2
    reach(state);
    int next = rcvNxt(state);
    peer.send(rst(next + 1));
    peer.expect(ack(sndNxt(state), next));
    s.run(600);
    s.forgetReceived(); // retransmissions of SYN and FIN
    peer.send(rst(WINDOW)); // the last byte of the advertised window
    peer.expect(ack(sndNxt(state), next));
    assertEquals(1, s.core.connections());
    assertEquals(2, s.stack.count(Counter.DROP_TCP_RST_CHALLENGED));
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT"})
  void resetOutsideTheWindowIsIgnored(TcpState state) { // RFC 5961 3.2
    reach(state);
    int next = rcvNxt(state);
    peer.send(rst(next - 1));
    peer.send(rst(next + WINDOW));
    peer.send(rst(next + 0x8000_0000));
    peer.send(rstAck(next - 1, 1));
    peer.expectNothing();
    assertEquals(state == TcpState.TIME_WAIT ? 0 : 1, s.core.connections());
    assertEquals(1, s.stack.flows());
  }

  @Test
  void payloadDoesNotMoveAResetToRcvNxt() { // RFC 5961 3.2: the number in the header must match
    establish();
    peer.send(Seg.of(Seg.RST, -99, 0, 200));
    peer.send(Seg.of(Seg.RST, 0, 0, 1));
    s.settle();
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    assertEquals(0, s.stack.count(Counter.TCP_RESETS_RECEIVED));
    s.forgetReceived();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT", "SYN_RECEIVED"})
  void synIsChallengedWhereverItStands(TcpState state) { // RFC 5961 4.2
    reach(state);
    int next = rcvNxt(state);
    // RFC 6191: in TIME_WAIT, one beyond RCV.NXT would open a new connection.
    int[] seqs = state == TcpState.TIME_WAIT ? new int[] {0, -5} : new int[] {0, next, next + 100};
    for (int seq : seqs) {
      peer.send(Seg.of(SYN, seq, 0, 0).mss(1));
      peer.expect(ack(sndNxt(state), next));
      s.run(501);
      s.forgetReceived();
    }
    peer.send(Seg.of(SYN | ACK, next, 1, 0));
    peer.expect(ack(sndNxt(state), next));
    assertEquals(1, s.stack.flows());
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT", "SYN_RECEIVED"})
  void ackOfWhatWasNeverSentIsChallenged(TcpState state) { // RFC 5961 5.2
    reach(state);
    int next = rcvNxt(state);
    peer.send(ack(next, sndNxt(state) + 1));
    peer.expect(ack(sndNxt(state), next));
    assertEquals(1, s.stack.count(Counter.DROP_TCP_BAD_ACK));
    s.run(501);
    s.forgetReceived();
    peer.send(ack(next, -WINDOW)); // older than any window
    peer.expect(ack(sndNxt(state), next));
    peer.send(ack(next, 0)); // an old ACK needs no answer
    peer.expectNothing();
    assertEquals(1, s.stack.flows());
  }

  @Test
  void dataWithAnAckOfWhatWasNeverSentIsDropped() { // RFC 9293 3.10.7.4, fifth
    establish();
    peer.send(data(1, 2, 10));
    peer.expect(ack(1, 1));
    app.saw();
  }

  @Test
  void ackOfTheHandshakeRepeatedChangesNothing() {
    establish();
    peer.send(ack(1, 1));
    peer.send(ack(1, 1));
    peer.expectNothing();
    app.saw();
  }

  @ParameterizedTest
  @EnumSource(
      mode = EnumSource.Mode.EXCLUDE,
      names = {"CLOSED", "SYN_SENT"})
  void segmentWithoutAckIsDropped(TcpState state) { // RFC 9293 3.10.7.4, fifth
    reach(state);
    peer.send(Seg.of(0, rcvNxt(state), 0, 10));
    peer.send(Seg.of(Seg.FIN, rcvNxt(state), 0, 0));
    peer.expectNothing();
    assertEquals(2, s.stack.count(Counter.DROP_TCP_NO_ACK));
  }

  @ParameterizedTest
  @EnumSource(names = {"CLOSE_WAIT", "CLOSING", "LAST_ACK", "TIME_WAIT"})
  void dataBehindTheFinIsIgnored(TcpState state) { // RFC 9293 3.10.7.4, seventh
    reach(state);
    peer.send(data(2, 1, 10));
    if (state == TcpState.TIME_WAIT) {
      peer.expect(ack(2, 2)); // may be a repeated FIN with something after it
    } else {
      peer.expectNothing();
    }
    assertEquals(1, s.stack.count(Counter.DROP_TCP_DATA_AFTER_CLOSE));
  }

  @Test
  void challengesAreRateLimited() { // RFC 5961 7
    establish();
    peer.send(rst(5));
    peer.expect(ack(1, 1));
    for (int i = 0; i < 10; i++) {
      peer.send(rst(6 + i));
      peer.send(Seg.of(SYN, 50 + i, 0, 0));
      peer.send(ack(1, 2 + i));
      peer.send(ack(-10, 1));
    }
    peer.expectNothing();
    s.run(499);
    peer.send(rst(5));
    peer.expectNothing();
    s.run(2);
    peer.send(rst(5));
    peer.expect(ack(1, 1));
    assertEquals(2, s.stack.count(Counter.TCP_CHALLENGE_ACKS_SENT));
    assertEquals(41, s.stack.count(Counter.DROP_TCP_ACK_RATE_LIMITED));
  }

  @Test
  void resetIsTakenAtAZeroWindow() { // RFC 9293 3.10.7.4: acceptable with RCV.WND = 0
    fillReceiveBuffer();
    peer.send(rst(4097));
    peer.expectNothing();
    app.saw("closed RESET");
  }

  // ---- Acceptability of data ----

  @ParameterizedTest(name = "{0}: bytes {1} to {2}")
  @CsvSource({
    "old data,                 -9, 1, 0",
    "overlapping left,         -9, 51, 50",
    "exactly next,             1, 101, 100",
  })
  void dataAtTheLeftEdge(String what, int from, int to, int taken) { // RFC 9293 3.10.7.4, first
    establish();
    peer.send(data(from, 1, to - from));
    peer.expect(ack(1, 1 + taken));
    assertEquals(taken, app.readAll());
  }

  @Test
  void dataBeyondTheWindowIsCutOrAnswered() { // RFC 9293 3.10.7.4, first
    start(c -> c.set(MosKeys.RMEM_SIZE, 4096));
    establish();
    peer.send(data(4097, 1, 100)); // entirely beyond
    peer.expect(ack(1, 1).win(4096));
    peer.send(data(1, 1, 1460));
    peer.expect(ack(1, 1461));
    peer.send(data(1461, 1, 1460));
    peer.expect(ack(1, 2921));
    peer.send(dataFin(2921, 1, 1460)); // 1176 bytes fit; the FIN doesn't
    peer.expect(ack(1, 4097).win(0));
    assertEquals(4096, app.readAll());
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    peer.expect(ack(1, 4097).win(4096));
    peer.send(dataFin(4097, 1, 284));
    peer.expect(ack(1, 4382));
    assertEquals(284, app.readAll());
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  /** Fills the receive buffer of 4096 bytes; RCV.NXT is 4097, the window 0. */
  private void fillReceiveBuffer() {
    start(c -> c.set(MosKeys.RMEM_SIZE, 4096));
    establish();
    for (int seq = 1; seq < 4097; seq += 1024) {
      peer.send(data(seq, 1, 1024));
      peer.expect(ack(1, seq + 1024).win(4097 - seq - 1024));
    }
    app.forgetEvents();
  }

  @Test
  void zeroWindowTakesNoDataButAcksAndAnswersProbes() { // RFC 9293 3.10.7.4, 3.8.6.1
    fillReceiveBuffer();
    app.write(100);
    peer.expect(data(1, 4097, 100).win(0));
    peer.send(data(4097, 101, 1)); // a probe with a new ACK
    peer.expect(ack(101, 4097).win(0));
    assertEquals(0, app.connection.unacknowledgedBytes());
    app.saw();
    peer.send(ack(4096, 101)); // a keepalive-style probe
    peer.expect(ack(101, 4097).win(0));
    assertEquals(4096, app.readAll());
    peer.expect(ack(101, 4097).win(4096));
  }

  @Test
  void finIsTakenAtAZeroWindow() {
    fillReceiveBuffer();
    peer.send(fin(4097, 1));
    peer.expect(ack(1, 4098).win(0));
    assertEquals(4096, app.readAll());
    assertEquals(-1, app.read(1));
    peer.expectNothing(); // no window update needed
  }

  // ---- Timestamps ----

  @Test
  void oldTimestampIsPaws() { // RFC 7323 5.3 R1
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(data(1, 1, 10).ts(999));
    peer.expect(ack(1, 1).echo(s.peerMillis())); // from the handshake's ACK
    assertEquals(0, app.readAll());
    assertEquals(1, s.stack.count(Counter.DROP_TCP_PAWS));
    peer.send(data(1, 1, 10).ts(1500));
    peer.expect(ack(1, 11).echo(1500));
    peer.send(rst(11).ts(3)); // RFC 7323 5.3: RST is exempt
    app.saw("readable", "closed RESET");
  }

  @Test
  void timestampOutdatedAfter24DaysIsBelieved() { // RFC 7323 5.5
    establish(syn().mss(MSS).ts(1000, 0));
    s.run(24.5 * 24 * 3600 * 1000);
    peer.send(data(1, 1, 10).ts(5));
    peer.expect(ack(1, 11).echo(5));
  }

  @Test
  void segmentWithoutItsTimestampIsDropped() { // RFC 7323 3.2
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(data(1, 1, 10).noTs());
    peer.expectNothing();
    assertEquals(1, s.stack.count(Counter.DROP_TCP_PAWS));
    peer.send(rst(1).noTs());
    app.saw("closed RESET");
  }

  @Test
  void aBadAckDoesNotMoveTheTimestamp() { // RFC 7323 4.3 (2): all checks must pass first
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(data(1, 70_000, 10).ts(500_000));
    peer.expect(ack(1, 1).echo(1000)); // a challenge ACK
    peer.send(data(1, -70_000, 10).ts(500_000));
    peer.expectNothing();
    peer.send(data(1, 1, 10).ts(1001)); // PAWS would drop it had that been accepted
    peer.expect(ack(1, 11).echo(1001));
    peer.send(data(1, 70_000, 10).ts(500_000)); // likewise with repeated data
    peer.expect(ack(1, 11).echo(1001));
    peer.send(data(11, 1, 10).ts(1002));
    peer.expect(ack(1, 21).echo(1002));
    app.readAll();
  }

  @Test
  void aBadAckInTheHandshakeDoesNotMoveTheTimestamp() {
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).ts(1000, 0));
    peer.expect(synAck().echo(1000));
    peer.send(ack(1, 2).ts(500_000));
    peer.expect(rst(2));
    peer.send(ack(1, 1).ts(1001));
    peer.expectNothing();
    app = s.accepted.remove();
    app.write(10);
    peer.expect(data(1, 1, 10).echo(1001));
    peer.send(ack(1, 11).ts(1002));
  }

  @Test
  void timestampsThatWereNotAgreedOnAreSkipped() { // RFC 7323 3.2
    establish();
    peer.send(data(1, 1, 10).ts(5, 6));
    peer.expect(ack(1, 11).noTs());
  }

  @Test
  void echoIsOfTheSegmentAtTheLeftEdge() { // RFC 7323 4.3
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(data(101, 1, 100).ts(1020)); // after a gap
    peer.expect(ack(1, 1).echo(1000));
    peer.send(data(1, 1, 100).ts(1010));
    peer.expect(ack(1, 201).echo(1010));
  }
}
