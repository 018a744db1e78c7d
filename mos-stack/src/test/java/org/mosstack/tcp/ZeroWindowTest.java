package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** A window that closes, stays closed, or shrinks (RFC 9293 section 3.8.6). */
class ZeroWindowTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int HOUR_SECONDS = 3600;

  private final RecordingHandler recorder = new RecordingHandler();

  private Tcb accept(TcpFixture fixture, TcpFixture.Remote remote) {
    return fixture.accept(remote, recorder);
  }

  private static TcpFixture.Remote remote(TcpFixture fixture) {
    fixture.listen(NOBODY);
    return fixture.synReceived();
  }

  /** Answers whatever was sent with an ACK of what the peer has, and a window. */
  private static void answerAll(TcpFixture fixture, TcpFixture.Remote remote, int ack, int window) {
    boolean any = !fixture.sent.isEmpty();
    fixture.sent.clear();
    if (any) {
      remote.send(TcpHeader.ACK, 1, ack, window, 0);
      fixture.turn();
    }
  }

  @Test
  void connectionLivesAsLongAsProbesAreAnswered() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      c.write(fixture.memory.address(), 3000, recorder);
      fixture.flush();
      int cwnd = c.congestionWindow();
      for (int i = 0; i < HOUR_SECONDS; i++) {
        fixture.run(1000);
        answerAll(fixture, remote, 1, 0);
      }
      assertEquals(List.of(), recorder.events);
      assertEquals(cwnd, Math.max(cwnd, c.congestionWindow()), "window grown");
      assertEquals(0, fixture.counters.get(Counter.TCP_FAST_RETRANSMITS));
      assertEquals(0, fixture.counters.get(Counter.TCP_RTO_EXPIRED));
      remote.send(TcpHeader.ACK, 1, 1, TcpFixture.WINDOW, 0);
      fixture.turn();
      assertEquals(1, remote.seq(remote.next()));
      c.abort();
    }
  }

  @Test
  void connectionLivesWhenTheWindowIsTakenBack() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      c.write(fixture.memory.address(), 4000, recorder);
      fixture.flush();
      assertEquals(4, fixture.sent.size());
      remote.send(TcpHeader.ACK, 1, 1001, 0, 0); // took one segment, then nothing for a long time
      fixture.turn();
      fixture.sent.clear();
      for (int i = 0; i < HOUR_SECONDS; i++) {
        fixture.run(1000);
        answerAll(fixture, remote, 1001, 0);
      }
      assertEquals(List.of(), recorder.events);
      remote.send(TcpHeader.ACK, 1, 1001, TcpFixture.WINDOW, 0);
      fixture.turn();
      assertEquals(1001, remote.seq(remote.next()));
      remote.ack(1, 4001);
      fixture.turn();
      assertEquals(1, recorder.released);
      c.abort();
    }
  }

  @Test
  void silentPeerBehindAClosedWindowIsGivenUp() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      c.write(fixture.memory.address(), 3000, recorder);
      fixture.run(1_000_000);
      assertEquals(List.of("closed TIMED_OUT"), recorder.events);
      assertEquals(1, recorder.released);
    }
  }

  @Test
  void closedConnectionDoesNotWaitForEverForAWindow() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      c.write(fixture.memory.address(), 3000, recorder);
      c.close();
      for (int i = 0; i < 600 && recorder.events.isEmpty(); i++) {
        fixture.run(1000);
        answerAll(fixture, remote, 1, 0);
      }
      assertEquals(List.of("closed TIMED_OUT"), recorder.events);
      assertEquals(0, fixture.core.flowCount());
    }
  }

  @Test
  void finIsSentIntoAClosedWindow() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      c.close();
      fixture.run(2000);
      TcpFixture.Sent probe = remote.next();
      assertTrue(probe.has(TcpHeader.FIN), "FIN in " + probe);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2, 0, 0);
      fixture.turn();
      assertEquals(List.of("closed NONE"), recorder.events);
    }
  }

  /** Its sequence numbers are old, but its acknowledgment shows that it is not. */
  @Test
  void retransmissionThatAcknowledgesMoreSaysTheWindow() {
    try (TcpFixture fixture = new TcpFixture()) {
      TcpFixture.Remote remote = remote(fixture);
      Tcb c = accept(fixture, remote);
      remote.send(TcpHeader.ACK, 1001, 1, 4000, 1000); // ahead of a gap
      fixture.turn();
      c.write(fixture.memory.address(), 8000, recorder);
      fixture.turn();
      fixture.sent.clear();
      remote.send(TcpHeader.ACK, 1, 2001, 2000, 500); // the right edge stays where it is
      fixture.turn();
      for (TcpFixture.Sent s : fixture.sent) {
        assertTrue(remote.seq(s) + s.length() <= 4001, "beyond the window: " + s);
      }
      c.abort();
    }
  }
}
