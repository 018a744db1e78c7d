package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** Rare sequences of events in which a connection would stall, or report the wrong thing. */
class CornerTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final RecordingHandler recorder = new RecordingHandler();

  @Test
  void ackAfterATimeoutIsNotOlderThanWhatThePeerHas() { // or the peer drops it as unacceptable
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 3000, recorder);
      fixture.flush();
      fixture.run(1100); // all ACKs are lost: the first segment is sent again
      fixture.sent.clear();
      remote.data(1, 1, 100); // sent before the peer had our data
      fixture.turn();
      assertEquals(3001, remote.seq(remote.next()));
      c.abort();
    }
  }

  /** After an abort only closed() is reported, whatever came before it. */
  @Test
  void anOpenThatIsAbortedInTheSameTurnIsNotTold() {
    try (TcpFixture fixture = new TcpFixture()) {
      RecordingHandler other = new RecordingHandler();
      Tcb c = fixture.connect(other);
      Tcb victim = fixture.connect(recorder);
      other.onConnected = connected -> victim.abort();
      fixture.flush();
      for (int i = 0; i < 2; i++) {
        TcpFixture.Sent syn = fixture.sent.remove();
        int flags = TcpHeader.SYN | TcpHeader.ACK;
        int ack = syn.seq() + 1;
        fixture.segment(
            TcpFixture.PORT,
            syn.sourcePort(),
            flags,
            TcpFixture.PEER_ISS,
            ack,
            TcpFixture.WINDOW,
            0,
            new int[0]);
      }
      fixture.turn();
      assertEquals(List.of("connected"), other.events);
      assertEquals(List.of("closed ABORTED"), recorder.events);
      c.abort();
    }
  }

  @Test
  void ackIsWithinAWindowThatWasTakenBack() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 3000, recorder);
      fixture.flush();
      fixture.sent.clear();
      remote.send(TcpHeader.ACK, 1, 1, 500, 100);
      fixture.turn();
      assertEquals(501, remote.seq(remote.next()));
      c.abort();
    }
  }

  @Test
  void finOfASimultaneousCloseIsAcknowledgedWithoutTimeWait() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.close();
      fixture.flush();
      remote.next();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1); // crossed ours
      remote.ack(2, 2); // in the same burst
      fixture.turn();
      assertEquals(List.of("closed NONE"), recorder.events);
      assertEquals(2, remote.ack(remote.next()));
    }
  }

  @Test
  void repeatedFinOfASimultaneousCloseIsAcknowledged() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.close();
      fixture.flush();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      fixture.turn();
      fixture.sent.clear();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2); // our ACK was lost, our FIN wasn't
      fixture.turn();
      assertEquals(2, remote.ack(remote.next()));
      assertEquals(List.of("closed NONE"), recorder.events);
    }
  }

  @Test
  void initialWindowAfterALostSynIsOneSegment() { // RFC 5681 section 3.1
    try (TcpFixture fixture = new TcpFixture()) {
      Tcb c = fixture.connect(recorder);
      fixture.run(1100);
      assertEquals(2, fixture.sent.size());
      fixture.sent.remove();
      fixture.answer(c);
      assertEquals(TcpFixture.MSS, c.congestionWindow());
      c.abort();
    }
  }

  @Test
  void repeatedSynIsNoMeasurement() { // RFC 6298 section 3, Karn
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      fixture.run(900);
      remote.send(TcpHeader.SYN, 0, 0);
      fixture.turn();
      Tcb c = fixture.accept(remote, recorder);
      assertEquals(0, c.smoothedRttNanos());
      c.abort();
    }
  }

  @Test
  void readingAnOpenWindowSendsNothing() { // a buffer larger than the window field can express
    try (TcpFixture fixture = new TcpFixture(new TcpConfig(0, 100, 100, 1 << 20, 8192, 0, 0))) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived(); // doesn't offer window scaling
      Tcb c = fixture.accept(remote, recorder);
      for (int i = 0; i < 100; i++) {
        remote.data(1 + i * 10, 1, 10);
        fixture.turn();
        fixture.run(50);
        fixture.sent.clear();
        assertEquals(10, c.read(new byte[100], 0, 100));
        fixture.flush();
        assertEquals(List.of(), List.copyOf(fixture.sent));
      }
      c.abort();
    }
  }

  @Test
  void userTimeoutReplacesTheLimitOfRetransmissions() { // RFC 5482 section 3
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.userTimeoutMillis(3_600_000);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.run(3_590_000);
      assertEquals(List.of(), recorder.events);
      fixture.run(11_000);
      assertEquals(List.of("closed USER_TIMEOUT"), recorder.events);
    }
  }

  @Test
  void slowTurnsDoNotPutARetransmissionOffForEver() { // handlers that take their time
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.flush();
      fixture.sent.clear();
      for (int turns = 0; turns < 100; turns++) {
        fixture.now += 37 * TcpFixture.MILLI;
        fixture.core.now(fixture.now);
        fixture.turn();
      }
      assertTrue(fixture.sent.size() >= 2, fixture.sent.size() + " retransmissions in 3.7 seconds");
      c.abort();
    }
  }

  @Test
  void emptyWriteDoesNotForgetThatOneWaits() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      assertEquals(8192, c.write(fixture.memory.address(), 10_000, recorder));
      assertEquals(0, c.write(fixture.memory.address(), 0, recorder));
      fixture.flush();
      remote.ack(1, 8001);
      fixture.turn();
      assertEquals(List.of("writable"), recorder.events);
      c.abort();
    }
  }

  @Test
  void largerReceiveBufferOpensTheWindow() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      for (int i = 0; i < 8192; i += 1024) {
        remote.data(1 + i, 1, 1024);
      }
      fixture.turn();
      fixture.run(100);
      fixture.sent.clear();
      c.receiveBuffer(32_768);
      fixture.flush();
      assertEquals(32_768 - 8192, remote.next().wnd());
      c.abort();
    }
  }

  @Test
  void congestionWindowIsForgottenWhileOnlyAcksAreSent() { // RFC 5681 section 4.1
    try (TcpFixture fixture = new TcpFixture(new TcpConfig(0, 100, 100, 65_536, 1 << 20, 0, 0))) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.sendBuffer(1 << 20);
      c.write(fixture.memory.address(), 200_000, recorder);
      int got = 1;
      while (c.unacknowledgedBytes() > 0) {
        fixture.flush();
        got += 1000 * fixture.sent.size();
        fixture.sent.clear();
        remote.ack(1, got);
        fixture.turn();
        got += 1000 * fixture.sent.size();
        fixture.sent.clear();
        remote.ack(1, got);
        fixture.turn();
      }
      final int initial = 10 * TcpFixture.MSS;
      assertTrue(c.congestionWindow() > 2 * initial, "window " + c.congestionWindow());
      for (int i = 0; i < 30; i++) {
        remote.data(1 + i * 10, got, 10);
        fixture.run(100);
      }
      c.write(fixture.memory.address(), 1000, recorder);
      fixture.flush();
      assertEquals(initial, c.congestionWindow());
      c.abort();
    }
  }

  @Test
  void repetitionInShorterSegmentsIsNoLoss() { // RFC 1191; the segments sent before were too long
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 4000, recorder);
      fixture.flush();
      int port = remote.port;
      fixture
          .core
          .transport()
          .icmpError(
              3,
              4,
              640,
              TcpFixture.US,
              TcpFixture.PEER,
              TcpFixture.PORT,
              port,
              remote.next().seq());
      fixture.sent.clear();
      fixture.turn();
      assertEquals(600, remote.next().length());
      for (int i = 0; i < 4; i++) {
        remote.ack(1, 1); // some segments had reached the peer
      }
      fixture.turn();
      assertEquals(0, fixture.counters.get(Counter.TCP_FAST_RETRANSMITS));
      c.abort();
    }
  }

  @Test
  void unreachableNeighbourEndsOpensToItOnly() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      RecordingHandler other = new RecordingHandler();
      final Tcb established = fixture.accept(remote, other);
      fixture.connect(recorder);
      fixture.core.transport().unreachable(TcpFixture.PEER + 1);
      fixture.turn();
      assertEquals(List.of(), recorder.events);
      fixture.core.transport().unreachable(TcpFixture.PEER);
      fixture.turn();
      assertEquals(List.of("closed HOST_UNREACHABLE"), recorder.events);
      assertEquals(List.of(), other.events);
      established.abort();
    }
  }

  @Test
  void nothingIsQueuedBehindAResetByWhoeverGetsItsBuffersBack() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      long address = fixture.memory.address();
      c.write(address, 100, "one");
      c.write(address + 100, 100, "two");
      fixture.flush();
      long before = fixture.core.memory().used();
      recorder.onReleased =
          ended -> {
            assertEquals(0, ended.write(address + 200, 50, "three"));
            assertEquals(-1, ended.append(address + 200, 50, "two"));
            assertEquals(0, ended.unacknowledgedBytes());
          };
      remote.send(TcpHeader.RST, 1, 0);
      assertEquals(2, recorder.released);
      assertEquals(before - 200, fixture.core.memory().used());
      recorder.onReleased = _ -> {};
      fixture.turn();
      fixture.sent.clear();
      TcpFixture.Remote other = fixture.synReceived();
      Tcb next = fixture.accept(other, recorder);
      next.write(address, 100, "four"); // in the other one's former queue
      assertEquals(100, next.unacknowledgedBytes());
      next.abort();
    }
  }
}
