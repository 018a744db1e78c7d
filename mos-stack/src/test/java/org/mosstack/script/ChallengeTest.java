package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.SYN;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.syn;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/**
 * Blind attacks: RFC 5961, and rate limiting of challenge ACKs. Complements {@link ArrivalTest}.
 */
class ChallengeTest extends ScriptTestBase {
  private long count(Counter counter) {
    return s.stack.count(counter);
  }

  @Test
  void peerThatBeganAnewGetsAChallengeAndEndsTheOldConnection() { // RFC 5961 4.2
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(Seg.of(SYN, 0x4000_0000, 0, 0).mss(MSS).ts(5, 0)); // its clock restarted, too
    peer.expect(ack(1, 1));
    peer.send(rst(1));
    peer.expectNothing();
    app.saw("closed RESET");
  }

  @Test
  void synWithoutTimestampsIsChallengedAllTheSame() { // RFC 5961 4.2, not RFC 7323 3.2
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(Seg.of(SYN, -100_000, 0, 0).noTs());
    peer.expect(ack(1, 1));
    assertEquals(1, count(Counter.DROP_TCP_SYN_CHALLENGED));
    assertEquals(0, count(Counter.DROP_TCP_PAWS));
  }

  @Test
  void synWithDataIsLimitedLikeAnyOther() {
    establish();
    for (int i = 0; i < 10; i++) {
      peer.send(Seg.of(SYN, -5000 + i, 0, 100));
    }
    peer.expect(ack(1, 1));
    peer.expectNothing();
    assertEquals(10, count(Counter.DROP_TCP_SYN_CHALLENGED));
    assertEquals(9, count(Counter.DROP_TCP_ACK_RATE_LIMITED));
  }

  @Test
  void synAndRstIsARst() { // RFC 9293 3.10.7.4: the second check comes before the fourth
    establish();
    peer.send(Seg.of(SYN | Seg.RST, 1, 0, 0));
    peer.expectNothing();
    app.saw("closed RESET");
  }

  @Test
  void dataOfSomebodyWithoutTheAckIsNotTaken() { // RFC 5961 5.2
    establish();
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.send(data(1, 0x4000_0000, 100).payload(new byte[100]));
    peer.expect(ack(11, 1));
    peer.send(data(1, 11 - 0x1_0000 - 10, 100).payload(new byte[100])); // older than any window
    peer.expectNothing(); // too soon after the other
    assertEquals(2, count(Counter.DROP_TCP_BAD_ACK));
    peer.send(data(1, 11, 100));
    peer.expect(ack(11, 101));
    assertEquals(100, app.readAll());
  }

  @Test
  void noGuessWithinTheWindowDoesHarm() { // RFC 5961 3.2, 4.2, 5.2: all of them, one by one
    establish();
    peer.send(ack(0, 1)); // like a keepalive
    int window = peer.expect(ack(1, 1)).win;
    assertTrue(window > 10_000, "window " + window);
    s.run(1000);
    byte[] other = {42};
    for (int seq = 1; seq <= window; seq++) {
      if (seq > 1) { // at RCV.NXT it is an ordinary RST
        peer.send(rst(seq)).send(Seg.rstAck(seq, 1));
      }
      peer.send(Seg.of(SYN, seq, 0, 0)).send(Seg.of(SYN | Seg.ACK, seq, 1, 0));
      peer.send(data(seq, 2, 1).payload(other)); // acknowledges unsent data
      peer.send(data(seq, -0x1_0000, 1).payload(other)); // older than any window
      peer.send(Seg.fin(seq, 0x4000_0000));
      s.settle();
    }
    peer.expect(ack(1, 1));
    peer.expectNothing(); // one challenge ACK for all of them
    assertEquals(2 * window - 2, count(Counter.DROP_TCP_RST_CHALLENGED));
    assertEquals(2 * window, count(Counter.DROP_TCP_SYN_CHALLENGED));
    assertEquals(3 * window, count(Counter.DROP_TCP_BAD_ACK));
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
    app.saw(); // no effect
    peer.send(data(1, 1, 100));
    peer.expect(ack(1, 101).win(window - 100));
    assertEquals(100, app.readAll());
    app.write(10);
    peer.expect(data(1, 101, 10));
  }

  @Test
  void timestampWithoutTheAckIsNotBelieved() { // otherwise PAWS would drop what follows
    establish(syn().mss(MSS).ts(1000, 0));
    peer.send(data(1, 0x4000_0000, 1).ts(1_000_000_000));
    peer.expect(ack(1, 1).echo(1000));
    peer.send(data(1, 1, 100).ts(1001));
    peer.expect(ack(1, 101).echo(1001));
    assertEquals(0, count(Counter.DROP_TCP_PAWS));
    assertEquals(100, app.readAll());
  }

  @Test
  void acksOutOfTheWindowAreNotAnsweredForEver() { // two ends out of sync: an ACK storm
    establish();
    int answered = 0;
    for (int i = 0; i < 1000; i++) {
      peer.send(ack(500_000, 1));
      s.run(10);
      answered += peer.received.size();
      peer.received.clear();
    }
    assertEquals(20, answered, "in ten seconds"); // one every 500 ms
  }

  /** Sends each connection a RST within its window; returns those that answer. */
  private List<Peer> challengeAll(List<Peer> peers) {
    List<Peer> answered = new ArrayList<>();
    for (Peer p : peers) {
      p.send(rst(5));
    }
    s.settle();
    for (Peer p : peers) {
      if (!p.received.isEmpty()) {
        p.expect(ack(1, 1));
        answered.add(p);
      }
    }
    return answered;
  }

  @Test
  void challengesOfACoreAreLimitedByANumberNobodyKnows() { // RFC 5961 7, CVE-2016-5696
    start();
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < 1600; i++) {
      establish();
      peers.add(peer);
    }
    s.run(1000);
    int first = challengeAll(peers).size();
    s.run(1000);
    int second = challengeAll(peers).size();
    assertTrue(first >= 500 && first < 1500, "first second: " + first);
    assertTrue(second >= 500 && second < 1500, "next second: " + second);
    assertNotEquals(first, second);
    assertEquals(first + second, count(Counter.TCP_CHALLENGE_ACKS_SENT));
    assertEquals(3200 - first - second, count(Counter.DROP_TCP_ACK_RATE_LIMITED));
    // A keepalive probe isn't an attack: it is answered anyway.
    establish();
    peer.send(ack(0, 1));
    peer.expect(ack(1, 1));
    assertEquals(TcpState.ESTABLISHED, app.connection.state());
  }
}
