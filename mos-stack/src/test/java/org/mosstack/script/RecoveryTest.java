package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;

import org.junit.jupiter.api.Test;
import org.mosstack.socket.CongestionAlgorithm;
import org.mosstack.stats.Counter;

/** Congestion control and loss recovery: RFC 5681, 6582, 6298, 6928. */
class RecoveryTest extends ScriptTestBase {
  /** Returns the sequence number of the n-th full segment, from 0. */
  private static int at(int segment) {
    return 1 + segment * MSS;
  }

  private void expectSegments(int from, int to) {
    for (int i = from; i < to; i++) {
      peer.expect(data(at(i), 1, MSS));
    }
    peer.expectNothing();
  }

  private int cwndSegments() {
    assertEquals(0, app.connection.congestionWindow() % MSS);
    return app.connection.congestionWindow() / MSS;
  }

  /** Establishes a connection with NewReno, whose arithmetic is the simplest to follow. */
  private void reno() {
    establish();
    app.connection.congestionControl(CongestionAlgorithm.NEWRENO);
  }

  // ---- Slow start ----

  @Test
  void initialWindowIsTenSegments() { // RFC 6928 2
    reno();
    app.write(50 * MSS);
    expectSegments(0, 10);
  }

  @Test
  void slowStartGrowsByWhatIsAcknowledged() { // RFC 5681 3.1
    reno();
    app.write(100 * MSS);
    expectSegments(0, 10);
    peer.send(ack(1, at(1)));
    expectSegments(10, 12);
    peer.send(ack(1, at(3)));
    expectSegments(12, 16);
    assertEquals(13, cwndSegments());
  }

  @Test
  void oneAckGrowsTheWindowByAllThatItAcknowledges() { // RFC 5681 3.1, as Linux
    reno();
    app.write(100 * MSS);
    expectSegments(0, 10);
    peer.send(ack(1, at(10)));
    expectSegments(10, 30);
    assertEquals(20, cwndSegments());
  }

  @Test
  void anUnusedWindowDoesNotGrow() { // RFC 7661 in spirit; RFC 9293 doesn't cover it
    reno();
    for (int i = 0; i < 20; i++) {
      app.write(MSS);
      peer.expect(data(at(i), 1, MSS));
      peer.send(ack(1, at(i + 1)));
      peer.expectNothing();
    }
    assertEquals(10, cwndSegments());
  }

  @Test
  void idleConnectionStartsAnew() { // RFC 5681 4.1
    growTo40();
    s.run(201);
    app.write(50 * MSS);
    expectSegments(30, 40);
  }

  @Test
  void shortPauseKeepsTheWindow() {
    growTo40();
    s.run(150);
    app.write(50 * MSS);
    expectSegments(30, 70);
  }

  @Test
  void acknowledgingIsNotSending() { // RFC 5681 4.1: no data sent for an RTO
    growTo40();
    for (int i = 0; i < 5; i++) {
      s.run(100);
      peer.send(data(1 + i, at(30), 1));
      peer.expect(ack(at(30), 2 + i));
    }
    app.readAll();
    app.write(50 * MSS);
    for (int i = 30; i < 40; i++) {
      peer.expect(data(at(i), 6, MSS));
    }
    peer.expectNothing();
  }

  /** Sends 30 segments, all acknowledged; the congestion window is then 40. */
  private void growTo40() {
    reno();
    app.write(30 * MSS);
    expectSegments(0, 10);
    for (int i = 0; i < 10; i++) {
      peer.send(ack(1, at(i + 1)));
    }
    expectSegments(10, 30);
    peer.send(ack(1, at(30)));
    peer.expectNothing();
    assertEquals(40, cwndSegments());
  }

  // ---- Fast retransmit and NewReno ----

  /** Ten segments in flight and ten more waiting; the first one is lost. */
  private void loseFirst() {
    reno();
    app.write(40 * MSS);
    expectSegments(0, 10);
  }

  private void duplicateAcks(int count) {
    for (int i = 0; i < count; i++) {
      peer.send(ack(1, 1));
    }
  }

  /** Three duplicate ACKs, one at a time: two new segments go out, then the first one again. */
  private void recover() { // RFC 3042, RFC 5681 3.2
    loseFirst();
    duplicateAcks(2);
    expectSegments(10, 12); // one for each that has left the network
    duplicateAcks(1);
    expectSegments(0, 1);
  }

  @Test
  void thirdDuplicateAckRetransmits() {
    recover();
    assertEquals(9, cwndSegments()); // 8 in flight, and the retransmission
    assertEquals(1, s.stack.count(Counter.TCP_FAST_RETRANSMITS));
  }

  @Test
  void furtherDuplicateAcksLetEverySecondSegmentGo() { // RFC 9937 6.2: from 10 to 5
    recover();
    duplicateAcks(2);
    peer.expectNothing();
    duplicateAcks(1);
    expectSegments(12, 13);
    duplicateAcks(2);
    peer.expectNothing();
    duplicateAcks(1); // 4 in flight, of 5
    expectSegments(13, 14);
  }

  @Test
  void fullAckEndsRecovery() { // RFC 6582 3.2, step 3, full acknowledgment
    recover();
    duplicateAcks(6);
    expectSegments(12, 14);
    peer.send(ack(1, at(12)));
    expectSegments(14, 17); // ssthresh 5, 2 in flight
    assertEquals(5, cwndSegments());
  }

  @Test
  void partialAckRetransmitsTheNextHole() { // RFC 6582 3.2, step 3, partial acknowledgment
    recover();
    peer.send(ack(1, at(4)));
    peer.expect(data(at(4), 1, MSS));
    peer.expectNothing();
    peer.send(ack(1, at(6)));
    peer.expect(data(at(6), 1, MSS));
    peer.expectNothing();
    peer.send(ack(1, at(12)));
    expectSegments(12, 17);
    assertEquals(5, cwndSegments());
  }

  @Test
  void duplicateAcksAfterATimeoutDoNotRetransmit() { // RFC 6582 3.2, steps 2 and 4
    loseFirst();
    peer.expectAfter(200, data(1, 1, MSS));
    duplicateAcks(3);
    peer.expectNothing();
    assertEquals(0, s.stack.count(Counter.TCP_FAST_RETRANSMITS));
  }

  @Test
  void whatIsNotADuplicateAck() { // RFC 5681 2
    loseFirst();
    for (int i = 0; i < 4; i++) {
      peer.send(ack(1, 1).win(60_000 + i)); // window updates
    }
    peer.expectNothing();
    for (int i = 0; i < 4; i++) {
      peer.send(data(1 + i, 1, 1).win(60_003)); // with data
    }
    peer.expect(ack(at(10), 5));
    peer.expectNothing();
    app.readAll();
    assertEquals(0, s.stack.count(Counter.TCP_DUP_ACKS_RECEIVED));
  }

  @Test
  void duplicateAcksWithNothingInFlight() {
    reno();
    duplicateAcks(10);
    peer.expectNothing();
    app.write(10);
    peer.expect(data(1, 1, 10));
  }

  // ---- Timeout ----

  @Test
  void timeoutSendsOneSegmentAndStartsSlowly() { // RFC 5681 3.1 (4), RFC 6298 5.4 to 5.6
    loseFirst();
    peer.expectAfter(200, data(1, 1, MSS));
    peer.expectNothing();
    assertEquals(1, cwndSegments());
    peer.send(ack(1, at(1)));
    expectSegments(1, 3);
    peer.send(ack(1, at(3))); // RFC 3465 2.3: one segment per ACK, whatever it covers
    expectSegments(3, 6);
    peer.send(ack(1, at(6)));
    expectSegments(6, 10);
    peer.send(ack(1, at(7)));
    expectSegments(10, 12);
    assertEquals(5, cwndSegments()); // ssthresh
    peer.send(ack(1, at(8)));
    expectSegments(12, 13);
    assertEquals(5, cwndSegments());
  }

  @Test
  void retransmissionsBackOff() { // RFC 6298 5.5
    reno();
    app.write(100);
    peer.expect(data(1, 1, 100));
    for (int wait = 200; wait < 60_000; wait *= 2) {
      peer.expectAfter(wait, data(1, 1, 100));
    }
    for (int i = 0; i < 6; i++) {
      peer.expectAfter(60_000, data(1, 1, 100));
    }
    peer.expectNothingFor(59_900);
    s.run(200);
    app.saw("closed TIMED_OUT"); // R2: after 15 retransmissions
    assertEquals(15, s.stack.count(Counter.TCP_RTO_EXPIRED));
  }

  @Test
  void backOffStaysUntilAnUnambiguousMeasurement() { // RFC 6298 3 and 5: Karn
    reno();
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.expectAfter(200, data(1, 1, 10));
    peer.expectAfter(400, data(1, 1, 10));
    peer.send(ack(1, 11)); // for which transmission?
    peer.expectNothing();
    app.write(10);
    peer.expect(data(11, 1, 10));
    peer.expectAfter(800, data(11, 1, 10));
    peer.send(ack(1, 21));
    peer.expectNothing();
    app.write(10);
    peer.expect(data(21, 1, 10));
    s.run(5);
    peer.send(ack(1, 31)); // measured: 5 ms
    peer.expectNothing();
    app.write(10);
    peer.expect(data(31, 1, 10));
    peer.expectAfter(200, data(31, 1, 10));
  }

  @Test
  void timestampsMeasureRetransmissions() { // RFC 7323 4.1: the echo isn't ambiguous
    establish(syn().mss(MSS).ts(1, 0));
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.expectAfter(200, data(1, 1, 10));
    peer.expectAfter(400, data(1, 1, 10));
    s.run(5);
    peer.send(ack(1, 11)); // echoes the second retransmission
    peer.expectNothing();
    app.write(10);
    peer.expect(data(11, 1, 10));
    peer.expectAfter(200, data(11, 1, 10));
  }

  @Test
  void slowPathsHaveLongTimeouts() { // RFC 6298 2.2 and 2.3
    reno();
    app.write(10);
    peer.expect(data(1, 1, 10));
    s.run(150);
    peer.send(ack(1, 11)); // SRTT 19 ms, RTTVAR 37 ms
    app.write(10);
    peer.expect(data(11, 1, 10));
    s.run(150);
    peer.send(ack(1, 21)); // SRTT 35 ms, RTTVAR 61 ms
    app.write(10);
    peer.expect(data(21, 1, 10));
    peer.expectNothingFor(250);
    peer.expectAfter(28, data(21, 1, 10));
  }

  @Test
  void timerRestartsWithEveryAck() { // RFC 6298 5.3
    reno();
    app.write(3 * MSS);
    expectSegments(0, 3);
    s.run(150);
    peer.send(ack(1, at(1)));
    peer.expectNothingFor(199);
  }

  @Test
  void anAckBeyondTheRetransmissionSkipsAhead() {
    loseFirst();
    peer.expectAfter(200, data(1, 1, MSS));
    peer.send(ack(1, at(10))); // RFC 3465 2.3: most of it had arrived before the timeout
    expectSegments(10, 12);
  }

  @Test
  void acksAfterATimeoutStandAtSndMax() { // RFC 9293 3.10.7.4: the peer may have everything
    loseFirst();
    peer.expectAfter(200, data(1, 1, MSS));
    peer.send(data(1, 1, 10));
    peer.expect(ack(at(10), 11));
    app.readAll();
    app.connection.abort();
    peer.expect(rstAck(at(10), 11));
  }

  @Test
  void finIsSentAgain() { // RFC 9293 3.10.4
    reno();
    app.write(10);
    app.connection.shutdownOutput();
    peer.expect(dataFin(1, 1, 10));
    peer.expectAfter(200, dataFin(1, 1, 10));
    peer.send(ack(1, 11));
    peer.expectAfter(400, fin(11, 1));
    peer.send(ack(1, 12));
    peer.expectNothingFor(10_000);
  }
}
