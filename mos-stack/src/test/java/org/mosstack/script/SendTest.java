package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.syn;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** When the stack sends what: RFC 9293 sections 3.7.4 and 3.8.6, RFC 1191, device back pressure. */
class SendTest extends ScriptTestBase {
  // ---- Nagle ----

  @Test
  void nagleHoldsASmallSegmentWhileDataIsInFlight() { // RFC 9293 3.7.4
    establish();
    app.write(10);
    peer.expect(data(1, 1, 10).psh());
    app.write(20);
    app.write(30);
    peer.expectNothing();
    peer.send(ack(1, 11));
    peer.expect(data(11, 1, 50).psh());
    peer.send(ack(1, 61));
  }

  @Test
  void nagleLetsFullSegmentsGo() {
    establish();
    app.write(10);
    peer.expect(data(1, 1, 10));
    app.write(2 * MSS + 5);
    peer.expect(data(11, 1, MSS));
    peer.expect(data(11 + MSS, 1, MSS));
    peer.expectNothing();
    peer.send(ack(1, 11 + 2 * MSS));
    peer.expect(data(11 + 2 * MSS, 1, 5));
  }

  @Test
  void noDelaySendsAtOnce() { // RFC 9293 3.7.4, MUST-17
    establish();
    app.connection.noDelay(true);
    for (int i = 0; i < 5; i++) {
      app.write(10);
      peer.expect(data(1 + i * 10, 1, 10).psh());
    }
  }

  @Test
  void turningNagleOffSendsWhatWaits() {
    establish();
    app.write(10);
    peer.expect(data(1, 1, 10));
    app.write(20);
    peer.expectNothing();
    app.connection.noDelay(true);
    peer.expect(data(11, 1, 20));
  }

  @Test
  void finTakesWhatNagleHolds() {
    establish();
    app.write(10);
    peer.expect(data(1, 1, 10));
    app.write(5);
    app.connection.shutdownOutput();
    peer.expect(dataFin(11, 1, 5));
  }

  // ---- Windows ----

  @Test
  void windowHoldsTheSender() {
    establish();
    peer.send(ack(1, 1).win(2 * MSS));
    app.write(4 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.expectNothing();
    peer.send(ack(1, 1 + MSS).win(2 * MSS));
    peer.expect(data(1 + 2 * MSS, 1, MSS));
    peer.expectNothing();
    peer.send(ack(1, 1 + 3 * MSS).win(MSS));
    peer.expect(data(1 + 3 * MSS, 1, MSS));
  }

  @Test
  void olderSegmentsDoNotMoveTheWindow() { // RFC 9293 3.10.7.4, fifth: SND.WL1 and SND.WL2
    establish();
    peer.send(data(1, 1, 100).win(MSS));
    peer.expect(ack(1, 101));
    peer.send(data(51, 1, 60).win(5 * MSS)); // overtaken, but with 10 new bytes
    peer.expect(ack(1, 111));
    peer.send(ack(101, 1).win(MSS)); // older than that
    peer.expect(ack(1, 111));
    app.write(6 * MSS);
    for (int i = 0; i < 5; i++) {
      peer.expect(data(1 + i * MSS, 111, MSS));
    }
    peer.expectNothing();
    app.readAll();
  }

  @Test
  void aShrunkWindowSendsNothing() { // RFC 9293 3.8.6, SHLD-15
    establish();
    app.write(3 * MSS);
    for (int i = 0; i < 3; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    app.write(3 * MSS);
    peer.received.clear();
    peer.send(ack(1, 1 + MSS).win(100));
    s.forgetReceived();
    app.connection.noDelay(true);
    peer.expectNothing();
  }

  @Test
  void senderAvoidsSillyWindows() { // RFC 9293 3.8.6.2.1
    establish();
    peer.send(ack(1, 1).win(100));
    app.write(5000);
    peer.expectNothing();
    peer.expectAfter(200, data(1, 1, 100)); // the override timeout
    peer.send(ack(1, 101).win(MSS));
    peer.expect(data(101, 1, MSS));
  }

  @Test
  void halfOfTheLargestWindowIsNotSilly() { // RFC 9293 3.8.6.2.1 (3)
    start();
    s.listen();
    peer = s.peer();
    peer.window = 1000;
    handshake(peer, syn().mss(MSS));
    app = s.accepted.remove();
    app.write(3000);
    peer.expect(data(1, 1, 1000));
    peer.expectNothing();
    peer.send(ack(1, 1001).win(499));
    peer.expectNothing();
    peer.send(ack(1, 1001).win(500));
    peer.expect(data(1001, 1, 500));
  }

  @Test
  void sendBufferBoundsWritesAndTellsOfSpace() {
    start(c -> c.set(MosKeys.WMEM_SIZE, 4096));
    establish();
    assertEquals(4096, app.write(5000));
    assertEquals(0, app.write(1));
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.send(ack(1, 1 + MSS));
    peer.expectNothing();
    app.saw();
    peer.send(ack(1, 1 + 2 * MSS));
    peer.expect(data(1 + 2 * MSS, 1, 4096 - 2 * MSS));
    app.saw("writable");
    assertEquals(2 * MSS, app.connection.writeSpace());
    assertEquals(1, app.held());
    peer.send(ack(1, 4097));
    peer.expectNothing();
    assertEquals(0, app.held());
    app.saw();
  }

  // ---- Zero window ----

  /** Sets up a window of 0 with 100 bytes waiting. */
  private void stall() {
    establish();
    peer.window = 0;
    peer.send(ack(1, 1));
    app.write(100);
    peer.expectNothing();
  }

  @Test
  void zeroWindowIsProbedWithBackOff() { // RFC 9293 3.8.6.1
    stall();
    int wait = 200;
    for (int i = 0; i < 12; i++) {
      peer.expectAfter(Math.min(wait, 60_000), data(1, 1, 1));
      peer.send(ack(1, 1));
      wait *= 2;
    }
    peer.send(ack(1, 1).win(1000));
    peer.expect(data(1, 1, 100));
    peer.send(ack(1, 101).win(1000));
    peer.expectNothingFor(1000);
    assertEquals(12, s.stack.count(Counter.TCP_ZERO_WINDOW_PROBES));
  }

  @Test
  void answersToProbesAreNotDuplicateAcks() { // RFC 5681 2: the data waits for the window
    stall();
    int wait = 200;
    for (int i = 0; i < 6; i++) {
      peer.expectAfter(wait, data(1, 1, 1));
      peer.send(ack(1, 1));
      peer.expectNothing();
      wait *= 2;
    }
    assertEquals(0, s.stack.count(Counter.TCP_FAST_RETRANSMITS));
    assertEquals(10 * MSS, app.connection.congestionWindow());
  }

  @Test
  void probesThatAreTakenGoOn() {
    stall();
    peer.expectAfter(200, data(1, 1, 1));
    peer.send(ack(1, 2));
    peer.expectAfter(400, data(2, 1, 1));
    peer.send(ack(1, 3).win(1000));
    peer.expect(data(3, 1, 98));
    peer.send(ack(1, 101));
  }

  @Test
  void aLostWindowUpdateIsFoundByTheProbe() { // RFC 9293 3.8.6.1
    stall();
    peer.window = 5000; // the update is lost
    peer.expectAfter(200, data(1, 1, 1));
    peer.send(ack(1, 2));
    peer.expect(data(2, 1, 99));
    peer.send(ack(1, 101));
  }

  @Test
  void finIsProbedToo() {
    establish();
    peer.window = 0;
    peer.send(ack(1, 1));
    app.connection.shutdownOutput();
    peer.expectNothing();
    peer.expectAfter(200, fin(1, 1));
    peer.send(ack(1, 2));
    peer.expectNothingFor(200_000);
    assertEquals(TcpState.FIN_WAIT_2, app.connection.state());
  }

  @Test
  void acksOfAStalledSenderStandBeforeTheProbe() { // acceptable at the peer's window of 0
    stall();
    peer.expectAfter(200, data(1, 1, 1));
    peer.send(ack(1, 1));
    peer.send(data(1, 1, 10));
    peer.expect(ack(1, 11));
    app.readAll();
  }

  @Test
  void unansweredProbesEndTheConnection() { // RFC 9293 3.8.6.1: only answers keep it open
    stall();
    s.run(3_000_000);
    app.saw("closed TIMED_OUT");
    s.forgetReceived();
  }

  @Test
  void answeredProbesKeepTheConnectionOpen() { // RFC 9293 3.8.6.1, MUST-37
    stall();
    for (int i = 0; i < 100; i++) {
      s.runUntil(() -> !peer.received.isEmpty(), s.now() + 61_000_000_000L);
      peer.expect(data(1, 1, 1));
      peer.send(ack(1, 1));
    }
    app.saw();
  }

  @Test
  void aWindowShrunkToZeroUnderDataInFlightIsProbed() { // RFC 9293 3.8.6, SHLD-17 and MUST-36
    establish();
    app.write(2 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.window = 0; // all of it was thrown away
    peer.send(ack(1, 1));
    for (int i = 0; i < 30; i++) {
      s.runUntil(() -> !peer.received.isEmpty(), s.now() + 61_000_000_000L);
      peer.expect(data(1, 1, 1));
      peer.send(ack(1, 1));
      peer.expectNothing();
    }
    app.saw(); // answers keep it open
    peer.window = 0xFFFF;
    peer.send(ack(1, 1 + MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.send(ack(1, 1 + 2 * MSS));
  }

  // ---- Path MTU discovery ----

  @ParameterizedTest(name = "next hop''s MTU {0} means segments of {1}")
  @CsvSource({"1000, 960", "1499, 1459", "552, 512", "68, 512", "0, 512"})
  void fragmentationNeededLowersTheMss(int mtu, int mss) { // RFC 1191, RFC 5927 7.2
    establish();
    app.write(3 * MSS);
    for (int i = 0; i < 3; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    peer.icmp(3, 4, mtu, 1 + MSS);
    int seq = 1;
    while (seq < 1 + 3 * MSS) {
      int length = Math.min(mss, 1 + 3 * MSS - seq);
      peer.expect(data(seq, 1, length));
      seq += length;
    }
    peer.send(ack(1, seq));
    app.write(2000);
    peer.expect(data(seq, 1, mss));
    s.forgetReceived();
  }

  @Test
  void fragmentationNeededOutsideTheFlightIsIgnored() { // RFC 5927 4.1
    establish();
    app.write(2 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.icmp(3, 4, 600, 0);
    peer.icmp(3, 4, 600, 1 + 2 * MSS);
    peer.icmp(3, 4, 1500, 1); // no decrease
    peer.expectNothing();
    peer.send(ack(1, 1 + 2 * MSS));
    peer.icmp(3, 4, 600, 1); // no longer in flight
    app.write(MSS);
    peer.expect(data(1 + 2 * MSS, 1, MSS));
  }

  @ParameterizedTest
  @CsvSource({"3, 0", "3, 1", "3, 2", "3, 3", "11, 0"})
  void icmpErrorsAreSoftOnceConnected(int type, int code) { // RFC 5461 2.2, RFC 5927 5.2
    establish();
    app.write(100);
    peer.expect(data(1, 1, 100));
    peer.icmp(type, code, 0, 1);
    peer.expectNothing();
    app.saw();
    peer.send(ack(1, 101));
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
  }

  // ---- The device ----

  @Test
  void fullTransmitRingHoldsDataBackAndLosesNone() {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      establish();
      peers.add(peer);
    }
    List<App> apps = List.copyOf(s.apps);
    establish();
    s.device.ringSpace = 0;
    apps.forEach(a -> a.write(10 * MSS));
    peer.send(data(1, 1, 10)); // there is room for its ACK after all the data
    s.settle();
    assertTrue(s.core.buffersInUse() > 100, "the ring's buffer is used");
    for (int i = 0; i < 30; i++) {
      s.device.ringSpace = 20;
      s.settle();
    }
    s.device.ringSpace = Integer.MAX_VALUE;
    peer.expect(ack(1, 11));
    for (Peer p : peers) {
      for (int i = 0; i < 10; i++) {
        p.expect(data(1 + i * MSS, 1, MSS));
      }
      p.expectNothing();
    }
    assertEquals(0, s.stack.count(Counter.DROP_TX_RING_FULL));
    app.readAll();
  }

  @Test
  void emptyPoolHoldsDataBack() {
    establish();
    s.emptyPool();
    app.write(3 * MSS);
    peer.expectNothing();
    assertTrue(s.stack.count(Counter.NO_MBUF) > 0);
    s.refillPool();
    for (int i = 0; i < 3; i++) {
      peer.expect(data(1 + i * MSS, 1, MSS));
    }
    peer.send(ack(1, 1 + 3 * MSS));
  }

  @Test
  void emptyPoolDoesNotStopTheTimers() {
    establish();
    app.write(100);
    peer.expect(data(1, 1, 100));
    s.emptyPool();
    peer.expectNothingFor(250); // the retransmission at 200 ms found no buffer
    s.refillPool();
    peer.expect(data(1, 1, 100)); // and goes out as soon as there is one
    peer.send(ack(1, 101));
  }

  @Test
  void abortReleasesWhatWaits() {
    establish();
    peer.send(ack(1, 1).win(0));
    app.write(1000);
    app.write(1000);
    peer.expectNothing();
    assertEquals(2, app.held());
    app.connection.abort();
    assertEquals(0, app.held());
    peer.expect(Seg.rstAck(1, 1));
    app.sawClosed(TcpError.ABORTED);
  }
}
