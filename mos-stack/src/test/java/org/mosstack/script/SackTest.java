package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.syn;

import org.junit.jupiter.api.Test;
import org.mosstack.stats.Counter;

/** SACK of received data: RFC 2018 section 4, RFC 2883. */
class SackTest extends ScriptTestBase {
  private void establishWithSack() {
    establish(syn().mss(MSS).sackOk());
  }

  private void arrive(int seq, int length, int... edges) {
    peer.send(data(seq, 1, length));
    peer.expect(ack(1, 1).sack(edges));
  }

  // ---- RFC 2018 ----

  @Test
  void nothingIsToldWithoutSackPermitted() { // RFC 2018 2
    establish();
    peer.send(data(101, 1, 100));
    peer.expect(ack(1, 1).sack());
    peer.send(data(101, 1, 100));
    peer.expect(ack(1, 1).sack());
    assertEquals(0, s.stack.count(Counter.TCP_DSACKS_SENT));
  }

  @Test
  void nothingIsToldWithoutAGap() { // RFC 2018 4
    establishWithSack();
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101).sack());
    app.write(10);
    peer.expect(data(1, 101, 10).sack());
    peer.send(ack(101, 11));
    app.readAll();
  }

  @Test
  void everyOutOfOrderSegmentIsToldAtOnceTheNewestFirst() { // RFC 2018 4
    establishWithSack();
    arrive(101, 100, 101, 201);
    arrive(301, 100, 301, 401, 101, 201);
    arrive(501, 100, 501, 601, 301, 401, 101, 201);
    arrive(201, 50, 101, 251, 501, 601, 301, 401);
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 251).sack(501, 601, 301, 401));
    peer.send(data(251, 1, 50));
    peer.expect(ack(1, 401).sack(501, 601));
    peer.send(data(401, 1, 100));
    peer.expect(ack(1, 601).sack());
    assertEquals(600, app.readAll());
  }

  @Test
  void segmentsThatMeetAreOneBlock() { // RFC 2018 3
    establishWithSack();
    arrive(301, 100, 301, 401);
    arrive(101, 100, 101, 201, 301, 401);
    arrive(201, 100, 101, 401);
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 401).sack());
    assertEquals(400, app.readAll());
  }

  @Test
  void fourBlocksFitWithoutTimestamps() { // RFC 2018 3
    establishWithSack();
    for (int i = 0; i < 5; i++) {
      peer.send(data(101 + 200 * i, 1, 100));
    }
    for (int i = 0; i < 4; i++) {
      peer.expect(ack(1, 1));
    }
    peer.expect(ack(1, 1).sack(901, 1001, 701, 801, 501, 601, 301, 401));
  }

  @Test
  void threeBlocksFitBesideTimestamps() { // RFC 2018 3
    establish(syn().mss(MSS).sackOk().ts(1, 0));
    for (int i = 0; i < 4; i++) {
      peer.send(data(101 + 200 * i, 1, 100));
    }
    for (int i = 0; i < 3; i++) {
      peer.expect(ack(1, 1));
    }
    peer.expect(ack(1, 1).sack(701, 801, 501, 601, 301, 401));
  }

  @Test
  void dataCarriesWhatItHasRoomFor() { // RFC 2018 4: every segment, but not beyond the MSS
    establishWithSack();
    arrive(101, 100, 101, 201);
    arrive(301, 100, 301, 401, 101, 201);
    app.connection.noDelay(true);
    app.write(100);
    peer.expect(data(1, 1, 100).sack(301, 401, 101, 201));
    app.write(MSS - 12);
    peer.expect(data(101, 1, MSS - 12).sack(301, 401));
    app.write(MSS - 11);
    peer.expect(data(101 + MSS - 12, 1, MSS - 11).sack());
    peer.send(ack(1, 101 + 2 * MSS - 23));
  }

  @Test
  void aHeldFinIsPartOfItsBlock() {
    establishWithSack();
    peer.send(dataFin(101, 1, 100));
    peer.expect(ack(1, 1).sack(101, 202));
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 202).sack());
    assertEquals(200, app.readAll());
  }

  // ---- RFC 2883 ----

  @Test
  void oldDataIsToldOnce() { // RFC 2883 4.1.1
    establishWithSack();
    peer.send(data(1, 1, 500));
    peer.expect(ack(1, 501).sack());
    peer.send(data(1, 1, 500));
    peer.expect(ack(1, 501).sack(1, 501));
    peer.send(data(601, 1, 10));
    peer.expect(ack(1, 501).sack(601, 611));
    assertEquals(1, s.stack.count(Counter.TCP_DSACKS_SENT));
    app.readAll();
  }

  @Test
  void oldDataComesBeforeTheBlocks() { // RFC 2883 4.1.2
    establishWithSack();
    peer.send(data(1, 1, 500));
    peer.expect(ack(1, 501));
    peer.send(data(1001, 1, 500));
    peer.expect(ack(1, 501).sack(1001, 1501));
    peer.send(data(1, 1, 500));
    peer.expect(ack(1, 501).sack(1, 501, 1001, 1501));
    app.readAll();
  }

  @Test
  void heldDataIsToldBeforeItsBlock() { // RFC 2883 4.1.3
    establishWithSack();
    arrive(501, 500, 501, 1001);
    arrive(1501, 500, 1501, 2001, 501, 1001);
    arrive(601, 100, 601, 701, 501, 1001, 1501, 2001);
    assertEquals(1, s.stack.count(Counter.TCP_DSACKS_SENT));
  }

  @Test
  void whatIsPartlyHeldIsToldInPart() { // RFC 2883 4.2.1, 4.2.2
    establishWithSack();
    arrive(501, 500, 501, 1001);
    arrive(801, 500, 801, 1001, 501, 1301);
    peer.send(data(1, 1, 600)); // the gap and a little more
    peer.expect(ack(1, 1301).sack(501, 601));
    assertEquals(1300, app.readAll());
  }

  @Test
  void whatIsPartlyOldIsToldInPart() { // RFC 2883 4.2.3
    establishWithSack();
    peer.send(data(1, 1, 500));
    peer.expect(ack(1, 501));
    arriveAt501(1001, 500, 1001, 1501);
    peer.send(data(401, 1, 200));
    peer.expect(ack(1, 601).sack(401, 501, 1001, 1501));
    assertEquals(600, app.readAll());
  }

  private void arriveAt501(int seq, int length, int... edges) {
    peer.send(data(seq, 1, length));
    peer.expect(ack(1, 501).sack(edges));
  }

  @Test
  void aStrangersGuessIsNotTold() { // older than a window: not a retransmission
    establishWithSack();
    peer.send(data(-200_000, 1, 500));
    peer.expect(ack(1, 1).sack());
  }
}
