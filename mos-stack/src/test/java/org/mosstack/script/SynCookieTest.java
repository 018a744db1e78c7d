package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.dataFin;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.config.SynCookieMode;
import org.mosstack.socket.TcpInfo;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** SYN cookies: RFC 4987 section 3.6. */
class SynCookieTest extends ScriptTestBase {
  private static final int SYN_QUEUE = 1024;

  /** Starts a stack that answers every SYN with a cookie. */
  private void startAlways() {
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.ALWAYS).set(MosKeys.RMEM_SIZE, 1 << 20));
    s.listen();
    peer = s.peer();
  }

  private void startAndFill(SynCookieMode mode) {
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, mode));
    s.listen(1, true);
    for (int i = 0; i < SYN_QUEUE; i++) {
      Peer p = s.peer();
      p.send(syn().mss(MSS));
      p.expect(synAck());
    }
    peer = s.peer();
  }

  private long count(Counter counter) {
    return s.stack.count(counter);
  }

  private void accept() {
    peer.expectNothing();
    assertEquals(1, s.accepted.size(), "connections accepted");
    app = s.accepted.remove();
  }

  @Test
  void fullQueueIsAnsweredWithACookie() {
    startAndFill(SynCookieMode.WHEN_FULL);
    assertEquals(0, count(Counter.TCP_SYN_COOKIES_SENT));
    peer.send(syn().mss(MSS));
    peer.expect(synAck().mss(1460));
    assertEquals(1, count(Counter.TCP_SYN_COOKIES_SENT));
    assertEquals(SYN_QUEUE, s.core.connections(), "a cookie takes no place");
    peer.expectNothingFor(5000); // and isn't sent again
    s.forgetReceived();
    peer.send(ack(1, 1));
    accept();
    assertEquals(1, count(Counter.TCP_SYN_COOKIES_RECEIVED));
    assertEquals(0, count(Counter.DROP_TCP_SYN_QUEUE_FULL));
    app.write(2000);
    peer.expect(data(1, 1, 1460));
    peer.send(ack(1, 1461));
    peer.expect(data(1461, 1, 540));
    peer.send(data(1, 2001, 100));
    peer.expect(ack(2001, 101));
    assertEquals(100, app.readAll());
    s.forgetReceived();
  }

  @Test
  void offDropsWhatFindsTheQueueFull() {
    startAndFill(SynCookieMode.OFF);
    peer.send(syn().mss(MSS));
    peer.expectNothing();
    assertEquals(1, count(Counter.DROP_TCP_SYN_QUEUE_FULL));
    assertEquals(0, count(Counter.TCP_SYN_COOKIES_SENT));
    s.forgetReceived();
  }

  @Test
  void roomInTheQueueNeedsNoCookie() {
    startAndFill(SynCookieMode.WHEN_FULL);
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    s.run(63_500); // the others have expired
    s.forgetReceived();
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    assertEquals(1, count(Counter.TCP_SYN_COOKIES_SENT));
    assertEquals(1, s.core.connections());
  }

  @Test
  void timestampHoldsTheWindowScale() {
    startAlways();
    peer.send(syn().mss(1400).wscale(7).ts(100));
    Seg synAck = peer.expect(synAck().mss(1460).wscale(5).win(0xFFFF).echo(100));
    s.run(20);
    peer.send(ack(1, 1).win(10).ts(120, synAck.tsVal));
    accept();
    app.connection.noDelay(true);
    app.write(1500);
    // 1400 isn't in the table: 1380 less 12; the window is 10 << 7.
    Seg first = peer.expect(data(1, 1, 1280).win(0xFFFF >> 5).echo(120));
    assertTrue(first.tsVal - synAck.tsVal >= 20, "timestamps go on");
    s.forgetReceived();
  }

  @Test
  void timestampHoldsThatEcnIsSpoken() { // RFC 3168 6.1.1
    startAlways();
    peer.send(Seg.of(Seg.SYN | Seg.ECE | Seg.CWR, 0, 0, 0).mss(MSS).ts(100, 0));
    peer.expect(Seg.of(Seg.SYN | Seg.ACK | Seg.ECE, 0, 1, 0));
    peer.send(ack(1, 1));
    accept();
    TcpInfo info = app.connection.info(s.now(), app.connection.incarnation());
    assertEquals(TcpInfo.OPTION_ECN, info.options() & TcpInfo.OPTION_ECN);
  }

  @Test
  void withoutTimestampNothingIsOfferedThatCannotBeRemembered() {
    startAlways();
    peer.send(syn().mss(1460).wscale(7));
    peer.expect(synAck().mss(1460).noWscale().noTs());
    peer.send(ack(1, 1).win(2000));
    accept();
    app.connection.noDelay(true);
    app.write(3000);
    peer.expect(data(1, 1, 1460));
    peer.expectNothing(); // the window isn't scaled
    s.forgetReceived();
  }

  @Test
  void withoutMssOption() { // RFC 9293 3.7.1: 536
    startAlways();
    peer.send(syn());
    peer.expect(synAck().noTs());
    peer.send(ack(1, 1));
    accept();
    app.write(600);
    peer.expect(data(1, 1, 536).noTs());
    s.forgetReceived();
  }

  @Test
  void dataAndFinWithTheAckAreTaken() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(dataFin(1, 1, 700));
    peer.expect(ack(1, 702));
    accept();
    assertEquals(700, app.readAll());
    assertEquals(TcpState.CLOSE_WAIT, app.connection.state());
  }

  @Test
  void lostAckIsMadeUpForByTheData() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    s.run(3000); // the ACK was lost
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101));
    accept();
    assertEquals(100, app.readAll());
  }

  @Test
  void repeatedSynGetsTheSameCookie() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    int first = peer.stackIss;
    s.run(1000);
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    assertEquals(first, peer.stackIss);
    peer.send(ack(1, 1));
    accept();
    peer.send(syn().mss(MSS)); // a late repetition
    peer.expect(ack(1, 1));
  }

  @Test
  void forgedAckIsReset() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(ack(1, 100));
    peer.expect(rst(100));
    peer.send(ack(2, 1));
    peer.expect(rst(1));
    Peer other = s.peer();
    other.stackIss = peer.stackIss;
    other.send(ack(1, 1));
    other.expect(rst(1));
    assertEquals(3, count(Counter.TCP_SYN_COOKIES_FAILED));
    assertEquals(0, s.core.connections());
  }

  @Test
  void cookieGetsTooOld() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    s.run(128_001);
    peer.send(ack(1, 1));
    peer.expect(rst(1));
    assertEquals(0, count(Counter.TCP_SYN_COOKIES_RECEIVED));
  }

  @Test
  void ackIsNoGuessWhereNoCookieWasSent() {
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.WHEN_FULL));
    s.listen();
    peer = s.peer();
    peer.send(ack(1, 1));
    peer.expect(rst(1));
    assertEquals(0, count(Counter.TCP_SYN_COOKIES_FAILED));
  }

  @Test
  void fullAcceptQueueDropsTheAckAndTakesTheNext() {
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.ALWAYS));
    s.listen(1, false);
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Peer p = s.peer();
      peers.add(p);
      p.send(syn().mss(MSS));
      p.expect(synAck());
    }
    for (Peer p : peers) {
      p.send(ack(1, 1));
      p.expectNothing();
    }
    assertEquals(1, count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL));
    assertEquals(1, s.core.connections());
    Peer third = s.peer();
    third.send(syn().mss(MSS)); // no room to complete it
    third.expectNothing();
    s.acceptAll();
    peers.get(1).send(data(1, 1, 50));
    peers.get(1).expect(ack(1, 51));
    s.acceptAll();
    assertEquals(2, s.accepted.size());
    assertEquals(50, s.accepted.removeLast().readAll());
  }

  @Test
  void maxConcurrencyHolds() {
    start(
        c ->
            c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.ALWAYS)
                .set(MosKeys.MAX_CONCURRENCY, 1)
                .set(MosKeys.MAX_NUM_BUFFERS, 100));
    s.listen();
    Peer first = s.peer();
    first.send(syn().mss(MSS));
    first.expect(synAck());
    Peer second = s.peer();
    second.send(syn().mss(MSS));
    second.expect(synAck());
    first.send(ack(1, 1));
    second.send(ack(1, 1));
    second.expectNothing();
    assertEquals(1, s.accepted.size());
    assertEquals(1, count(Counter.DROP_TCP_MAX_CONCURRENCY));
  }

  @Test
  void timeWaitIsLeftWithoutACookie() { // RFC 6191: a cookie has no minimum
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.ALWAYS));
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    int last = peer.stackIss;
    peer.send(ack(1, 1));
    accept();
    app.connection.shutdownOutput();
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    peer.iss(peer.iss() + 1000).send(syn().mss(MSS));
    peer.expect(synAck());
    assertTrue(peer.stackIss - last > 0);
    assertEquals(1, count(Counter.TCP_SYN_COOKIES_SENT));
    peer.send(ack(1, 1));
    accept();
  }

  @Test
  void closedListenerResetsTheAck() {
    startAlways();
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    s.listener.close();
    peer.send(ack(1, 1));
    peer.expect(rst(1));
  }

  @Test
  void floodTakesNoMemoryAndLeavesOthersAlone() {
    start(c -> c.set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.WHEN_FULL));
    s.listen();
    establish();
    App before = app;
    Peer beforePeer = peer;
    for (int i = 0; i < 20_000; i++) {
      Peer p = s.peer(21_000 + i, Script.PORT);
      p.send(syn().mss(MSS));
      s.settle();
      p.received.clear();
    }
    assertEquals(SYN_QUEUE + 1, s.core.connections());
    assertEquals(SYN_QUEUE + 1, s.core.timers());
    before.write(100);
    beforePeer.expect(data(1, 1, 100));
    beforePeer.send(ack(1, 101));
    peer = s.peer(50_000, Script.PORT);
    peer.send(syn().mss(MSS));
    peer.expect(synAck());
    peer.send(ack(1, 1));
    accept();
    assertEquals(0, s.core.buffersInUse());
  }
}
