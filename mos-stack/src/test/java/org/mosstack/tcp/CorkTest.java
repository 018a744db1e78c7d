package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;

/** TCP_CORK: what is held back, and what releases it. */
class CorkTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final Told told = new Told();
  private Rig.Remote remote;

  private Tcb corked(Rig rig) {
    rig.listen(NOBODY);
    remote = rig.synReceived();
    Tcb c = rig.accept(remote, told);
    c.noDelay(true);
    c.cork(true);
    return c;
  }

  private static List<Integer> sentLengths(Rig rig) {
    rig.flush();
    List<Integer> lengths = rig.sent.stream().map(Rig.Sent::length).toList();
    rig.sent.clear();
    return lengths;
  }

  private static void write(Rig rig, Tcb c, int length) {
    assertEquals(length, c.write(rig.memory.address(), length, new Object()));
  }

  @Test
  void onlyFullSegmentsLeave() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 300);
      assertEquals(List.of(), sentLengths(rig));
      write(rig, c, 300);
      assertEquals(List.of(), sentLengths(rig));
      write(rig, c, 1500);
      assertEquals(List.of(1000, 1000), sentLengths(rig));
      c.cork(false);
      assertEquals(List.of(100), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void uncorkedConnectionWithNagleWaitsForTheAck() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      c.noDelay(false);
      write(rig, c, 1100);
      assertEquals(List.of(1000), sentLengths(rig));
      c.cork(false);
      assertEquals(List.of(), sentLengths(rig));
      remote.ack(1, 1001);
      assertEquals(List.of(100), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void ackDoesNotLetGoWhatIsCorked() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 1100);
      assertEquals(List.of(1000), sentLengths(rig));
      remote.ack(1, 1001);
      assertEquals(List.of(), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void holdsFor200MillisecondsAtMost() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 100);
      rig.run(195);
      assertEquals(List.of(), sentLengths(rig));
      rig.run(10);
      assertEquals(List.of(100), sentLengths(rig));
      remote.ack(1, 101);
      rig.turn();
      // Still corked: the next bytes are held for as long again.
      write(rig, c, 50);
      rig.run(195);
      assertEquals(List.of(), sentLengths(rig));
      rig.run(10);
      assertEquals(List.of(50), sentLengths(rig));
      assertEquals(0, rig.counters.get(Counter.TCP_ZERO_WINDOW_PROBES));
      c.abort();
    }
  }

  @Test
  void laterBytesDoNotPutTheLimitOff() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 100);
      rig.run(150);
      write(rig, c, 100);
      rig.run(55);
      assertEquals(List.of(200), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void newRestHasItsOwnLimit() { // the bytes whose time was running have left in a full segment
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 900);
      rig.run(150);
      write(rig, c, 200);
      assertEquals(List.of(1000), sentLengths(rig));
      remote.ack(1, 1001);
      rig.run(100);
      assertEquals(List.of(), sentLengths(rig));
      rig.run(110);
      assertEquals(List.of(100), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void finIsNotHeld() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      write(rig, c, 100);
      assertEquals(List.of(), sentLengths(rig));
      c.shutdownOutput();
      rig.flush();
      Rig.Sent last = remote.next();
      assertEquals(100, last.length());
      assertTrue(last.has(TcpHeader.FIN));
      c.abort();
    }
  }

  @Test
  void turningNagleOffPushesWhatIsQueued() { // as on Linux, once
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      c.noDelay(false);
      write(rig, c, 100);
      assertEquals(List.of(), sentLengths(rig));
      c.noDelay(true);
      assertEquals(List.of(100), sentLengths(rig));
      write(rig, c, 100);
      assertEquals(List.of(), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void pushIsRememberedWhileTheWindowIsClosed() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      c.noDelay(false);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      rig.turn();
      write(rig, c, 100);
      c.noDelay(true);
      assertEquals(List.of(), sentLengths(rig));
      remote.send(TcpHeader.ACK, 1, 1, Rig.WINDOW, 0);
      assertEquals(List.of(100), sentLengths(rig));
      write(rig, c, 100);
      assertEquals(List.of(), sentLengths(rig));
      c.abort();
    }
  }

  @Test
  void retransmissionIsNotHeld() {
    try (Rig rig = new Rig()) {
      Tcb c = corked(rig);
      c.cork(false);
      write(rig, c, 100);
      assertEquals(List.of(100), sentLengths(rig));
      c.cork(true);
      rig.run(1100);
      assertFalse(rig.sent.isEmpty(), "nothing was sent again");
      c.abort();
    }
  }
}
