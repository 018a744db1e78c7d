package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.FIN;
import static org.mosstack.script.Seg.RST;
import static org.mosstack.script.Seg.SYN;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.config.SynCookieMode;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;

/** LISTEN, no listener, and the queues: RFC 9293 sections 3.10.7.1 and 3.10.7.2, RFC 6528, 6056. */
class ListenTest extends ScriptTestBase {
  // ---- Without a listener, and LISTEN ----

  @Test
  void withoutListenerSynIsReset() { // RFC 9293 3.10.7.1
    start();
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(rstAck(0, 1).win(0));
    peer.send(Seg.of(SYN, 10, 0, 7));
    peer.expect(rstAck(0, 18));
    peer.send(Seg.of(FIN, 10, 0, 3));
    peer.expect(rstAck(0, 14));
  }

  @Test
  void withoutListenerAckIsReset() { // RFC 9293 3.10.7.1
    start();
    peer = s.peer();
    peer.send(ack(5, 4711));
    peer.expect(rst(4711));
    peer.send(data(5, 4712, 100));
    peer.expect(rst(4712));
  }

  @Test
  void withoutListenerResetIsNotAnswered() { // RFC 9293 3.10.7.1
    start();
    peer = s.peer();
    peer.send(rst(5));
    peer.send(rstAck(5, 6));
    peer.expectNothing();
  }

  @Test
  void listenerResetsAcksAndIgnoresTheRest() { // RFC 9293 3.10.7.2
    start();
    s.listen();
    peer = s.peer();
    peer.send(ack(5, 4711));
    peer.expect(rst(4711));
    peer.send(synAck());
    peer.expect(rst(1));
    peer.send(rst(0));
    peer.send(Seg.of(0, 0, 0, 10));
    peer.send(Seg.of(SYN | RST, 0, 0, 0));
    peer.send(Seg.of(SYN | FIN, 0, 0, 0));
    peer.expectNothing();
    assertEquals(0, s.core.connections());
  }

  @Test
  void badSegmentsAreCountedAndDropped() {
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().wrongChecksum());
    peer.send(syn().options(8, 0)); // length 0 could cause an endless loop
    peer.send(syn().options(8, 1, 0, 0));
    peer.send(syn().options(1, 1, 1, 2)); // no length byte
    peer.send(syn().options(2, 5, 1, 1)); // longer than the header
    peer.expectNothing();
    assertEquals(1, s.stack.count(Counter.DROP_TCP_CHECKSUM));
    assertEquals(4, s.stack.count(Counter.DROP_TCP_OPTION));
  }

  @Test
  void unknownOptionsAreSkipped() { // RFC 9293 3.1, MUST-6
    establish(syn().options(254, 4, 1, 2, 2, 4, 2, 0, 30, 2, 0, 8)); // MSS 512, then END
    app.write(600);
    peer.expect(data(1, 1, 512).noTs());
    peer.expectNothing();
  }

  // ---- Queues ----

  @Test
  void fullBacklogDropsSynsAndTheLastAck() { // as Linux: the peer sends again
    start();
    s.listen(1, false);
    Peer first = s.peer();
    Peer second = s.peer();
    Peer third = s.peer();
    first.send(syn().mss(MSS));
    second.send(syn().mss(MSS));
    first.expect(synAck());
    second.expect(synAck());
    first.send(ack(1, 1));
    first.expectNothing();
    second.send(ack(1, 1));
    second.expectNothing();
    third.send(syn().mss(MSS));
    third.expectNothing();
    assertEquals(2, s.stack.count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL));
    s.acceptAll();
    assertEquals(1, s.accepted.size());
    second.expectAfter(1000, synAck()); // room now: the handshake can complete
    second.send(ack(1, 1));
    second.expectNothing();
    s.acceptAll();
    assertEquals(2, s.accepted.size());
  }

  @Test
  void fullSynQueueDropsSyns() { // without cookies
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.OFF));
    s.listen(1, true);
    for (int i = 0; i < 1024; i++) {
      Peer p = s.peer();
      p.send(syn());
      p.expect(synAck());
    }
    peer = s.peer();
    peer.send(syn());
    peer.expectNothing();
    assertEquals(1, s.stack.count(Counter.DROP_TCP_SYN_QUEUE_FULL));
    s.run(63_500); // all abandoned
    assertEquals(0, s.core.connections());
    s.forgetReceived();
    peer.send(syn());
    peer.expect(synAck());
  }

  @Test
  void maxConcurrencyBoundsBothKindsOfOpen() {
    start(c -> c.set(MosKeys.MAX_CONCURRENCY, 1).set(MosKeys.MAX_NUM_BUFFERS, 100));
    establish();
    Peer second = s.peer();
    second.send(syn());
    second.expectNothing();
    assertEquals(1, s.stack.count(Counter.DROP_TCP_MAX_CONCURRENCY));
    IOException refused =
        assertThrows(
            IOException.class, () -> s.core.connect(Endpoints.of(Script.REMOTE, REMOTE_PORT), app));
    assertTrue(refused.getMessage().contains("max_concurrency = 1"), refused.getMessage());
    peer.send(rst(1));
    app.saw("closed RESET");
    second.send(syn());
    second.expect(synAck());
  }

  @Test
  void resetInTheAcceptQueueIsAcceptedAndFails() { // as Linux
    start();
    s.listen(10, false);
    peer = s.peer();
    handshake(peer, syn().mss(MSS));
    peer.send(rst(1));
    peer.expectNothing();
    s.acceptAll();
    s.accepted.remove().saw("closed RESET");
  }

  @Test
  void resetInTheBurstOfTheLastAckGivesTheObjectBackOnce() {
    start();
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(ack(1, 1));
    peer.send(rst(1));
    peer.expectNothing();
    s.accepted.remove().saw("closed RESET");
    establish();
    App first = app;
    establish();
    assertNotEquals(first.connection, app.connection, "one object, two connections");
  }

  @Test
  void closedListenerResetsWhatComesOutOfItsQueues() {
    start();
    s.listen(10, false);
    Peer waiting = s.peer();
    handshake(waiting, syn().mss(MSS));
    Peer halfOpen = s.peer();
    halfOpen.send(syn().mss(MSS));
    halfOpen.expect(synAck());
    s.listener.close();
    s.listener.drain(0);
    waiting.expect(rstAck(1, 1));
    halfOpen.send(ack(1, 1));
    halfOpen.expect(rstAck(1, 1));
    Peer late = s.peer();
    late.send(syn());
    late.expect(rstAck(0, 1));
  }

  // ---- ISNs and ports ----

  @Test
  void isnDiffersPerTupleAndGrowsWithTime() { // RFC 6528 3
    start();
    s.listen();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      Peer p = s.peer();
      p.send(syn());
      p.expect(synAck());
      assertTrue(seen.add(p.stackIss));
      p.send(rst(1));
      p.expectNothing();
    }
    peer = s.peer();
    peer.send(syn());
    peer.expect(synAck());
    int before = peer.stackIss;
    peer.send(rst(1));
    s.run(1000);
    peer.send(syn());
    peer.expect(synAck());
    assertEquals(250_000, peer.stackIss - before, 1000); // ticks of 4 us
  }

  @Test
  void sourcePortsAreRandomAndInRange() { // RFC 6056 3.2 and 3.3
    start();
    Set<Integer> ports = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      App a = s.connect(REMOTE_PORT, 0);
      int port = a.connection.local().port();
      assertTrue(port >= 1024 && port <= 65535, () -> "port " + port);
      assertTrue(ports.add(port));
      s.peerOf(a).expect(syn());
    }
    int inRow = 0;
    for (int port : ports) {
      inRow += ports.contains(port + 1) ? 1 : 0;
    }
    assertTrue(inRow < 5, "ports in a row: " + ports);
  }
}
