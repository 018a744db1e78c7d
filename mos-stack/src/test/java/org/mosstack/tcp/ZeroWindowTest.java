package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;

/** A window that closes, stays closed, or shrinks (RFC 9293 section 3.8.6). */
class ZeroWindowTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int HOUR_SECONDS = 3600;

  private final Told told = new Told();

  private Tcb accept(Rig rig, Rig.Remote remote) {
    return rig.accept(remote, told);
  }

  private static Rig.Remote remote(Rig rig) {
    rig.listen(NOBODY);
    return rig.synReceived();
  }

  /** Answers whatever was sent with an ACK of what the peer has, and a window. */
  private static void answerAll(Rig rig, Rig.Remote remote, int ack, int window) {
    boolean any = !rig.sent.isEmpty();
    rig.sent.clear();
    if (any) {
      remote.send(TcpHeader.ACK, 1, ack, window, 0);
      rig.turn();
    }
  }

  @Test
  void connectionLivesAsLongAsProbesAreAnswered() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      c.write(rig.memory.address(), 3000, told);
      rig.flush();
      int cwnd = c.congestionWindow();
      for (int i = 0; i < HOUR_SECONDS; i++) {
        rig.run(1000);
        answerAll(rig, remote, 1, 0);
      }
      assertEquals(List.of(), told.events);
      assertEquals(cwnd, Math.max(cwnd, c.congestionWindow()), "window grown");
      assertEquals(0, rig.counters.get(Counter.TCP_FAST_RETRANSMITS));
      assertEquals(0, rig.counters.get(Counter.TCP_RTO_EXPIRED));
      remote.send(TcpHeader.ACK, 1, 1, Rig.WINDOW, 0);
      rig.turn();
      assertEquals(1, remote.seq(remote.next()));
      c.abort();
    }
  }

  @Test
  void connectionLivesWhenTheWindowIsTakenBack() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      c.write(rig.memory.address(), 4000, told);
      rig.flush();
      assertEquals(4, rig.sent.size());
      remote.send(TcpHeader.ACK, 1, 1001, 0, 0); // took one segment, then nothing for a long time
      rig.turn();
      rig.sent.clear();
      for (int i = 0; i < HOUR_SECONDS; i++) {
        rig.run(1000);
        answerAll(rig, remote, 1001, 0);
      }
      assertEquals(List.of(), told.events);
      remote.send(TcpHeader.ACK, 1, 1001, Rig.WINDOW, 0);
      rig.turn();
      assertEquals(1001, remote.seq(remote.next()));
      remote.ack(1, 4001);
      rig.turn();
      assertEquals(1, told.released);
      c.abort();
    }
  }

  @Test
  void silentPeerBehindAClosedWindowIsGivenUp() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      c.write(rig.memory.address(), 3000, told);
      rig.run(1_000_000);
      assertEquals(List.of("closed TIMED_OUT"), told.events);
      assertEquals(1, told.released);
    }
  }

  @Test
  void closedConnectionDoesNotWaitForEverForAWindow() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      c.write(rig.memory.address(), 3000, told);
      c.close();
      for (int i = 0; i < 600 && told.events.isEmpty(); i++) {
        rig.run(1000);
        answerAll(rig, remote, 1, 0);
      }
      assertEquals(List.of("closed TIMED_OUT"), told.events);
      assertEquals(0, rig.core.flowCount());
    }
  }

  @Test
  void finIsSentIntoAClosedWindow() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      c.close();
      rig.run(2000);
      Rig.Sent probe = remote.next();
      assertTrue(probe.has(TcpHeader.FIN), "FIN in " + probe);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2, 0, 0);
      rig.turn();
      assertEquals(List.of("closed NONE"), told.events);
    }
  }

  /** Its sequence numbers are old, but its acknowledgment shows that it is not. */
  @Test
  void retransmissionThatAcknowledgesMoreSaysTheWindow() {
    try (Rig rig = new Rig()) {
      Rig.Remote remote = remote(rig);
      Tcb c = accept(rig, remote);
      remote.send(TcpHeader.ACK, 1001, 1, 4000, 1000); // ahead of a gap
      rig.turn();
      c.write(rig.memory.address(), 8000, told);
      rig.turn();
      rig.sent.clear();
      remote.send(TcpHeader.ACK, 1, 2001, 2000, 500); // the right edge stays where it is
      rig.turn();
      for (Rig.Sent s : rig.sent) {
        assertTrue(remote.seq(s) + s.length() <= 4001, "beyond the window: " + s);
      }
      c.abort();
    }
  }
}
