package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.syn;

import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** Reassembly, acknowledgments and the receive window: RFC 9293 section 3.8, RFC 5681 section 4. */
class ReceiveTest extends ScriptTestBase {
  // ---- Reassembly ----

  @Test
  void gapIsAnsweredAtOnceAndFilled() { // RFC 5681 4.2
    establish();
    peer.send(data(101, 1, 100));
    peer.expect(ack(1, 1));
    peer.send(data(301, 1, 100));
    peer.expect(ack(1, 1));
    app.saw();
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 201));
    app.saw("readable");
    peer.send(data(201, 1, 100));
    peer.expect(ack(1, 401));
    assertEquals(400, app.readAll());
    assertEquals(2, s.stack.count(Counter.TCP_OUT_OF_ORDER));
  }

  @Test
  void overlapsOfEveryKind() {
    establish();
    int[][] segments = {
      {201, 100},
      {151, 100},
      {251, 100},
      {211, 20},
      {101, 400},
      {201, 100},
      {101, 400},
      {601, 50},
      {551, 150},
      {499, 110},
    };
    for (int[] segment : segments) {
      peer.send(data(segment[0], 1, segment[1]));
      peer.expect(ack(1, 1));
    }
    peer.send(data(-49, 1, 160));
    peer.expect(ack(1, 701));
    assertEquals(700, app.readAll());
  }

  @Test
  void inOrderDataOverReassembledData() {
    establish();
    peer.send(data(51, 1, 10));
    peer.expect(ack(1, 1));
    peer.send(data(1, 1, 100)); // covers it
    peer.expect(ack(1, 101));
    peer.send(data(151, 1, 100));
    peer.expect(ack(1, 101));
    peer.send(data(101, 1, 100)); // overlaps half of it
    peer.expect(ack(1, 251));
    assertEquals(250, app.readAll());
  }

  @Test
  void reassemblyIsBounded() {
    establish();
    for (int i = 0; i < 59; i++) {
      peer.send(data(2 + 1101 * i, 1, 1100));
      peer.expect(ack(1, 1));
    }
    int held = 2 * 0xFFFF / (128 + 128 + 2048); // by buffer memory, not payload
    assertEquals(held, s.core.buffersInUse());
    assertEquals(59 - held, s.stack.count(Counter.DROP_TCP_REASSEMBLY_FULL));
    for (int i = 0; i < held; i++) {
      peer.send(data(1 + 1101 * i, 1, 1));
      peer.expect(ack(1, 1102 + 1101 * i));
    }
    assertEquals(1101 * held, app.readAll());
    s.forgetReceived();
  }

  /** Single bytes with gaps between them take no more memory than the range they span. */
  @Test
  void singleBytesAheadOfGapsShareABuffer() {
    establish();
    for (int i = 0; i < 300; i++) {
      peer.send(data(3 + 2 * i, 1, 1));
      peer.expect(ack(1, 1));
    }
    assertEquals(1, s.core.buffersInUse());
    assertEquals(0, s.stack.count(Counter.DROP_TCP_REASSEMBLY_FULL));
    peer.send(data(1, 1, 600));
    peer.expect(ack(1, 602));
    assertEquals(601, app.readAll());
  }

  @Test
  void finAheadOfAGapWaits() { // RFC 9293 3.10.7.4, eighth
    establish();
    peer.send(dataFin(101, 1, 100));
    peer.expect(ack(1, 1));
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 202));
    app.saw("readable");
    assertEquals(200, app.readAll());
    assertEquals(-1, app.read(1));
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  @Test
  void finAloneAheadOfAGapIsAnsweredAtOnce() { // RFC 5681 4.2
    establish();
    peer.send(fin(101, 1));
    peer.expect(ack(1, 1));
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 102));
    assertEquals(100, app.readAll());
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  @Test
  void dataBeyondAnAnnouncedFinIsDropped() {
    establish();
    peer.send(dataFin(101, 1, 100));
    peer.expect(ack(1, 1));
    peer.send(data(201, 1, 100));
    peer.expectNothing();
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 202));
    assertEquals(200, app.readAll());
  }

  @Test
  void repeatedDataIsAcknowledgedAtOnce() { // RFC 9293 3.10.7.4, first
    establish();
    int next = spendQuickAcks();
    peer.send(data(next - 1, 1, 1));
    peer.expect(ack(1, next));
    assertEquals(1, s.stack.count(Counter.DROP_TCP_DUPLICATE_DATA));
  }

  // ---- Acknowledgments ----

  @Test
  void firstSegmentsAreAcknowledgedAtOnce() { // so as not to slow the peer's slow start
    establish();
    for (int i = 0; i < 16; i++) {
      peer.send(data(1 + i * 100, 1, 100));
      peer.expect(ack(1, 101 + i * 100));
    }
    peer.send(data(1601, 1, 100));
    peer.expectNothing();
    peer.expectAfter(40, ack(1, 1701));
  }

  @Test
  void laterEverySecondSegmentOrAfter40Milliseconds() { // RFC 9293 3.8.6.3, RFC 5681 4.2
    establish();
    int next = spendQuickAcks();
    peer.send(data(next, 1, MSS));
    peer.expectNothing();
    s.run(30);
    peer.send(data(next + MSS, 1, MSS));
    peer.expect(ack(1, next + 2 * MSS));
    peer.send(data(next + 2 * MSS, 1, MSS));
    peer.expectAfter(40, ack(1, next + 3 * MSS));
    peer.expectNothingFor(1000);
  }

  @Test
  void segmentsOfOneBurstShareAnAck() {
    establish();
    for (int i = 0; i < 6; i++) {
      peer.send(data(1 + i * 100, 1, 100));
    }
    peer.expect(ack(1, 601));
    peer.expectNothing();
  }

  @Test
  void dataCarriesTheAck() {
    establish();
    int next = spendQuickAcks();
    peer.send(data(next, 1, 100));
    peer.expectNothing();
    app.write(10);
    peer.expect(data(1, next + 100, 10));
    peer.expectNothingFor(100); // no delayed ACK left
    peer.send(ack(next + 100, 11));
  }

  @Test
  void answerInTheSameTurnCarriesTheAck() {
    establish();
    app.onReadable = _ -> app.write(app.readAll());
    peer.send(data(1, 1, 100));
    peer.expect(data(1, 101, 100).psh());
    peer.expectNothing();
    peer.send(ack(101, 101));
  }

  @Test
  void quickAckAcknowledgesEverySegment() {
    establish();
    int next = spendQuickAcks();
    app.connection.quickAck(true);
    peer.send(data(next, 1, 1));
    peer.expect(ack(1, next + 1));
  }

  @Test
  void aFilledGapIsAcknowledgedAtOnce() { // RFC 5681 4.2
    establish();
    int next = spendQuickAcks();
    peer.send(data(next + 1, 1, 1));
    peer.expect(ack(1, next));
    peer.send(data(next, 1, 1));
    peer.expect(ack(1, next + 2));
  }

  // ---- The window ----

  @Test
  void readingOpensAClosedWindowByAtLeastASegment() { // RFC 9293 3.8.6.2.2
    start(c -> c.set(MosKeys.RMEM_SIZE, 8192));
    establish();
    for (int i = 0; i < 8; i++) {
      peer.send(data(1 + i * 1024, 1, 1024));
    }
    peer.expect(ack(1, 8193).win(0));
    app.read(1459);
    peer.expectNothingFor(10_000);
    peer.send(data(8193, 1, 1));
    peer.expect(ack(1, 8193).win(0)); // the answer to a probe avoids silly windows too
    app.read(1);
    peer.expect(ack(1, 8193).win(1460));
    app.read(100);
    peer.expectNothing();
    app.readAll();
    peer.expect(ack(1, 8193).win(8192));
  }

  @Test
  void smallReadsDoNotMoveTheEdgeByLess() { // RFC 9293 3.8.6.2.2
    start(c -> c.set(MosKeys.RMEM_SIZE, 8192));
    establish();
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001).win(7192));
    app.readAll();
    peer.send(data(1001, 1, 100));
    peer.expect(ack(1, 1101).win(7092)); // opening it by 1100 bytes would be less than a segment
    app.readAll();
    peer.send(data(1101, 1, 400));
    peer.expect(ack(1, 1501).win(6692));
    app.readAll();
    peer.send(data(1501, 1, 10));
    peer.expect(ack(1, 1511).win(8182));
    app.readAll();
  }

  @Test
  void shrinkingTheBufferDoesNotTakeThePromiseBack() { // RFC 9293 3.8.6, MUST-35
    start(c -> c.set(MosKeys.RMEM_SIZE, 8192));
    establish();
    app.connection.receiveBuffer(2048);
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001).win(7192));
    for (int i = 0; i < 7; i++) {
      peer.send(data(1001 + i * 1000, 1, 1000));
      peer.expect(ack(1, 2001 + i * 1000).win(6192 - i * 1000));
    }
    assertEquals(8000, app.readAll());
    peer.expect(ack(1, 8001).win(2048));
  }

  @Test
  void shutdownInputReadsOnAndDiscards() {
    start(c -> c.set(MosKeys.RMEM_SIZE, 4096));
    establish();
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001));
    app.connection.shutdownInput();
    assertEquals(-1, app.read(1));
    for (int i = 1; i < 20; i++) {
      peer.send(data(1 + i * 1000, 1, 1000));
      s.settle();
    }
    s.forgetReceived();
    assertEquals(0, s.core.buffersInUse());
    peer.send(fin(20_001, 1));
    peer.expect(ack(1, 20_002));
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  // ---- Buffers ----

  @Test
  void exhaustedBuffersDropDataThatComesAgain() { // max_num_buffers
    start(c -> c.set(MosKeys.MAX_CONCURRENCY, 2).set(MosKeys.MAX_NUM_BUFFERS, 2));
    establish();
    peer.send(data(1, 1, MSS));
    peer.expect(ack(1, MSS + 1));
    peer.send(data(MSS + 1, 1, MSS));
    peer.expect(ack(1, 2 * MSS + 1));
    peer.send(dataFin(2 * MSS + 1, 1, MSS));
    peer.expect(ack(1, 2 * MSS + 1)); // otherwise the peer could only wait for its timer
    assertEquals(1, s.stack.count(Counter.DROP_TCP_NO_BUFFER));
    peer.send(data(2 * MSS + 1, 1, 10)); // fits into the last buffer
    peer.expect(ack(1, 2 * MSS + 11));
    assertEquals(2 * MSS + 10, app.readAll());
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    peer.send(dataFin(2 * MSS + 1, 1, MSS));
    peer.expect(ack(1, 3 * MSS + 2));
    assertEquals(MSS - 10, app.readAll());
  }

  @Test
  void dataAheadOfAGapDoesNotKeepTheGapFromBeingFilled() { // at most half of max_num_buffers
    start(c -> c.set(MosKeys.MAX_CONCURRENCY, 4).set(MosKeys.MAX_NUM_BUFFERS, 4));
    establish();
    peer.send(data(101, 1, 1400));
    peer.expect(ack(1, 1));
    peer.send(data(1601, 1, 1400));
    peer.expect(ack(1, 1));
    peer.send(dataFin(3101, 1, 1400));
    peer.expect(ack(1, 1));
    assertEquals(1, s.stack.count(Counter.DROP_TCP_NO_BUFFER));
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 1501));
    peer.send(data(1501, 1, 1460));
    peer.expect(ack(1, 3001));
    assertEquals(3000, app.readAll());
    peer.send(dataFin(3101, 1, 1400));
    peer.expect(ack(1, 3001));
    peer.send(data(3001, 1, 100));
    peer.expect(ack(1, 4502));
    assertEquals(1500, app.readAll());
    assertEquals(-1, app.read(1));
  }

  /** The largest reassembly makes room for a smaller one, and both peers are told the truth. */
  @Test
  void theLargestReassemblyIsGivenUpForASmallerOne() {
    start(c -> c.set(MosKeys.MAX_CONCURRENCY, 4).set(MosKeys.MAX_NUM_BUFFERS, 8));
    establish();
    Peer large = peer;
    App largeApp = app;
    for (int i = 0; i < 4; i++) {
      large.send(data(2001 + 2000 * i, 1, 1000));
      large.expect(ack(1, 1));
    }
    assertEquals(4, s.core.buffersInUse());
    establish();
    peer.send(data(2001, 1, 1000)); // the fifth of eight buffers
    peer.expect(ack(1, 1));
    assertEquals(1, s.stack.count(Counter.TCP_MEMORY_PRUNED));
    assertEquals(0, s.stack.count(Counter.DROP_TCP_NO_BUFFER));
    assertEquals(1, s.core.buffersInUse());
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001));
    peer.send(data(1001, 1, 1000));
    peer.expect(ack(1, 3001));
    assertEquals(3000, app.readAll());
    for (int i = 0; i < 9; i++) { // all of it is sent again
      large.send(data(1 + 1000 * i, 1, 1000));
      large.expect(ack(1, 1001 + 1000 * i));
      assertEquals(1000, largeApp.readAll());
    }
  }

  @Test
  void smallSegmentsShareBuffers() {
    establish();
    for (int i = 0; i < 500; i++) {
      peer.send(data(1 + i, 1, 1));
    }
    s.forgetReceived();
    assertEquals(1, s.core.buffersInUse());
    assertEquals(500, app.readAll());
    assertEquals(0, s.core.buffersInUse());
  }

  @Test
  void emptyPoolDelaysAnAck() {
    establish();
    peer.send(data(1, 1, 10));
    // There is a buffer for the data, but no other.
    s.device.onReceived = s::emptyPool;
    peer.expectNothing();
    app.saw("readable");
    s.device.onReceived = () -> {};
    s.refillPool();
    peer.expect(ack(1, 11));
    app.readAll();
  }

  @Test
  void oneConnectionsBytesAreNotAnothers() {
    establish();
    Peer firstPeer = peer;
    App first = app;
    establish(syn().mss(MSS));
    firstPeer.send(data(1, 1, 10));
    peer.send(data(1, 1, 20));
    firstPeer.expect(ack(1, 11));
    peer.expect(ack(1, 21));
    assertEquals(10, first.readAll());
    assertEquals(20, app.readAll());
  }
}
