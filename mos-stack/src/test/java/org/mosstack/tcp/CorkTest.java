package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** TCP_CORK: what is held back, and what releases it. */
class CorkTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final RecordingHandler recorder = new RecordingHandler();
  private TcpFixture.Remote remote;

  private Tcb corked(TcpFixture fixture) {
    fixture.listen(NOBODY);
    remote = fixture.synReceived();
    Tcb c = fixture.accept(remote, recorder);
    c.noDelay(true);
    c.cork(true);
    return c;
  }

  private static List<Integer> sentLengths(TcpFixture fixture) {
    fixture.flush();
    List<Integer> lengths = fixture.sent.stream().map(TcpFixture.Sent::length).toList();
    fixture.sent.clear();
    return lengths;
  }

  private static void write(TcpFixture fixture, Tcb c, int length) {
    assertEquals(length, c.write(fixture.memory.address(), length, new Object()));
  }

  @Test
  void onlyFullSegmentsLeave() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 300);
      assertEquals(List.of(), sentLengths(fixture));
      write(fixture, c, 300);
      assertEquals(List.of(), sentLengths(fixture));
      write(fixture, c, 1500);
      assertEquals(List.of(1000, 1000), sentLengths(fixture));
      c.cork(false);
      assertEquals(List.of(100), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void uncorkedConnectionWithNagleWaitsForTheAck() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      c.noDelay(false);
      write(fixture, c, 1100);
      assertEquals(List.of(1000), sentLengths(fixture));
      c.cork(false);
      assertEquals(List.of(), sentLengths(fixture));
      remote.ack(1, 1001);
      assertEquals(List.of(100), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void ackDoesNotLetGoWhatIsCorked() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 1100);
      assertEquals(List.of(1000), sentLengths(fixture));
      remote.ack(1, 1001);
      assertEquals(List.of(), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void holdsFor200MillisecondsAtMost() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 100);
      fixture.run(195);
      assertEquals(List.of(), sentLengths(fixture));
      fixture.run(10);
      assertEquals(List.of(100), sentLengths(fixture));
      remote.ack(1, 101);
      fixture.turn();
      // Still corked: the next bytes are held for as long again.
      write(fixture, c, 50);
      fixture.run(195);
      assertEquals(List.of(), sentLengths(fixture));
      fixture.run(10);
      assertEquals(List.of(50), sentLengths(fixture));
      assertEquals(0, fixture.counters.get(Counter.TCP_ZERO_WINDOW_PROBES));
      c.abort();
    }
  }

  @Test
  void laterBytesDoNotPutTheLimitOff() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 100);
      fixture.run(150);
      write(fixture, c, 100);
      fixture.run(55);
      assertEquals(List.of(200), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void newRestHasItsOwnLimit() { // the bytes whose time was running have left in a full segment
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 900);
      fixture.run(150);
      write(fixture, c, 200);
      assertEquals(List.of(1000), sentLengths(fixture));
      remote.ack(1, 1001);
      fixture.run(100);
      assertEquals(List.of(), sentLengths(fixture));
      fixture.run(110);
      assertEquals(List.of(100), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void finIsNotHeld() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      write(fixture, c, 100);
      assertEquals(List.of(), sentLengths(fixture));
      c.shutdownOutput();
      fixture.flush();
      TcpFixture.Sent last = remote.next();
      assertEquals(100, last.length());
      assertTrue(last.has(TcpHeader.FIN));
      c.abort();
    }
  }

  @Test
  void turningNagleOffPushesWhatIsQueued() { // as on Linux, once
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      c.noDelay(false);
      write(fixture, c, 100);
      assertEquals(List.of(), sentLengths(fixture));
      c.noDelay(true);
      assertEquals(List.of(100), sentLengths(fixture));
      write(fixture, c, 100);
      assertEquals(List.of(), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void pushIsRememberedWhileTheWindowIsClosed() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      c.noDelay(false);
      remote.send(TcpHeader.ACK, 1, 1, 0, 0);
      fixture.turn();
      write(fixture, c, 100);
      c.noDelay(true);
      assertEquals(List.of(), sentLengths(fixture));
      remote.send(TcpHeader.ACK, 1, 1, TcpFixture.WINDOW, 0);
      assertEquals(List.of(100), sentLengths(fixture));
      write(fixture, c, 100);
      assertEquals(List.of(), sentLengths(fixture));
      c.abort();
    }
  }

  @Test
  void retransmissionIsNotHeld() {
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = corked(fixture);
      c.cork(false);
      write(fixture, c, 100);
      assertEquals(List.of(100), sentLengths(fixture));
      c.cork(true);
      fixture.run(1100);
      assertFalse(fixture.sent.isEmpty(), "nothing was sent again");
      c.abort();
    }
  }
}
