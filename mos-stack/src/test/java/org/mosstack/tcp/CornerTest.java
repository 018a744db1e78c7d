package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.stats.Counter;

/** Rare sequences of events in which a connection would stall, or report the wrong thing. */
class CornerTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  private final Told told = new Told();

  @Test
  void ackAfterATimeoutIsNotOlderThanWhatThePeerHas() { // or the peer drops it as unacceptable
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 3000, told);
      rig.flush();
      rig.run(1100); // all ACKs are lost: the first segment is sent again
      rig.sent.clear();
      remote.data(1, 1, 100); // sent before the peer had our data
      rig.turn();
      assertEquals(3001, remote.seq(remote.next()));
      c.abort();
    }
  }

  /** After an abort only closed() is reported, whatever came before it. */
  @Test
  void anOpenThatIsAbortedInTheSameTurnIsNotTold() {
    try (Rig rig = new Rig()) {
      Told other = new Told();
      Tcb c = rig.connect(other);
      Tcb victim = rig.connect(told);
      other.onConnected = connected -> victim.abort();
      rig.flush();
      for (int i = 0; i < 2; i++) {
        Rig.Sent syn = rig.sent.remove();
        int flags = TcpHeader.SYN | TcpHeader.ACK;
        int ack = syn.seq() + 1;
        rig.segment(
            Rig.PORT, syn.sourcePort(), flags, Rig.PEER_ISS, ack, Rig.WINDOW, 0, new int[0]);
      }
      rig.turn();
      assertEquals(List.of("connected"), other.events);
      assertEquals(List.of("closed ABORTED"), told.events);
      c.abort();
    }
  }

  @Test
  void ackIsWithinAWindowThatWasTakenBack() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 3000, told);
      rig.flush();
      rig.sent.clear();
      remote.send(TcpHeader.ACK, 1, 1, 500, 100);
      rig.turn();
      assertEquals(501, remote.seq(remote.next()));
      c.abort();
    }
  }

  @Test
  void finOfASimultaneousCloseIsAcknowledgedWithoutTimeWait() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.close();
      rig.flush();
      remote.next();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1); // crossed ours
      remote.ack(2, 2); // in the same burst
      rig.turn();
      assertEquals(List.of("closed NONE"), told.events);
      assertEquals(2, remote.ack(remote.next()));
    }
  }

  @Test
  void repeatedFinOfASimultaneousCloseIsAcknowledged() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.close();
      rig.flush();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 1);
      rig.turn();
      rig.sent.clear();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2); // our ACK was lost, our FIN wasn't
      rig.turn();
      assertEquals(2, remote.ack(remote.next()));
      assertEquals(List.of("closed NONE"), told.events);
    }
  }

  @Test
  void initialWindowAfterALostSynIsOneSegment() { // RFC 5681 section 3.1
    try (Rig rig = new Rig()) {
      Tcb c = rig.connect(told);
      rig.run(1100);
      assertEquals(2, rig.sent.size());
      rig.sent.remove();
      rig.answer(c);
      assertEquals(Rig.MSS, c.congestionWindow());
      c.abort();
    }
  }

  @Test
  void repeatedSynIsNoMeasurement() { // RFC 6298 section 3, Karn
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      rig.run(900);
      remote.send(TcpHeader.SYN, 0, 0);
      rig.turn();
      Tcb c = rig.accept(remote, told);
      assertEquals(0, c.smoothedRttNanos());
      c.abort();
    }
  }

  @Test
  void readingAnOpenWindowSendsNothing() { // a buffer larger than the window field can express
    try (Rig rig = new Rig(new TcpConfig(0, 100, 100, 1 << 20, 8192, 0, 0))) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived(); // doesn't offer window scaling
      Tcb c = rig.accept(remote, told);
      for (int i = 0; i < 100; i++) {
        remote.data(1 + i * 10, 1, 10);
        rig.turn();
        rig.run(50);
        rig.sent.clear();
        assertEquals(10, c.read(new byte[100], 0, 100));
        rig.flush();
        assertEquals(List.of(), List.copyOf(rig.sent));
      }
      c.abort();
    }
  }

  @Test
  void userTimeoutReplacesTheLimitOfRetransmissions() { // RFC 5482 section 3
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.userTimeoutMillis(3_600_000);
      c.write(rig.memory.address(), 100, told);
      rig.run(3_590_000);
      assertEquals(List.of(), told.events);
      rig.run(11_000);
      assertEquals(List.of("closed USER_TIMEOUT"), told.events);
    }
  }

  @Test
  void slowTurnsDoNotPutARetransmissionOffForEver() { // handlers that take their time
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 100, told);
      rig.flush();
      rig.sent.clear();
      for (int turns = 0; turns < 100; turns++) {
        rig.now += 37 * Rig.MILLI;
        rig.core.now(rig.now);
        rig.turn();
      }
      assertTrue(rig.sent.size() >= 2, rig.sent.size() + " retransmissions in 3.7 seconds");
      c.abort();
    }
  }

  @Test
  void emptyWriteDoesNotForgetThatOneWaits() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      assertEquals(8192, c.write(rig.memory.address(), 10_000, told));
      assertEquals(0, c.write(rig.memory.address(), 0, told));
      rig.flush();
      remote.ack(1, 8001);
      rig.turn();
      assertEquals(List.of("writable"), told.events);
      c.abort();
    }
  }

  @Test
  void largerReceiveBufferOpensTheWindow() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      for (int i = 0; i < 8192; i += 1024) {
        remote.data(1 + i, 1, 1024);
      }
      rig.turn();
      rig.run(100);
      rig.sent.clear();
      c.receiveBuffer(32_768);
      rig.flush();
      assertEquals(32_768 - 8192, remote.next().wnd());
      c.abort();
    }
  }

  @Test
  void congestionWindowIsForgottenWhileOnlyAcksAreSent() { // RFC 5681 section 4.1
    try (Rig rig = new Rig(new TcpConfig(0, 100, 100, 65_536, 1 << 20, 0, 0))) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.sendBuffer(1 << 20);
      c.write(rig.memory.address(), 200_000, told);
      int got = 1;
      while (c.unacknowledgedBytes() > 0) {
        rig.flush();
        got += 1000 * rig.sent.size();
        rig.sent.clear();
        remote.ack(1, got);
        rig.turn();
        got += 1000 * rig.sent.size();
        rig.sent.clear();
        remote.ack(1, got);
        rig.turn();
      }
      final int initial = 10 * Rig.MSS;
      assertTrue(c.congestionWindow() > 2 * initial, "window " + c.congestionWindow());
      for (int i = 0; i < 30; i++) {
        remote.data(1 + i * 10, got, 10);
        rig.run(100);
      }
      c.write(rig.memory.address(), 1000, told);
      rig.flush();
      assertEquals(initial, c.congestionWindow());
      c.abort();
    }
  }

  @Test
  void repetitionInShorterSegmentsIsNoLoss() { // RFC 1191; the segments sent before were too long
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 4000, told);
      rig.flush();
      int port = remote.port;
      rig.core
          .transport()
          .icmpError(3, 4, 640, Rig.US, Rig.PEER, Rig.PORT, port, remote.next().seq());
      rig.sent.clear();
      rig.turn();
      assertEquals(600, remote.next().length());
      for (int i = 0; i < 4; i++) {
        remote.ack(1, 1); // some segments had reached the peer
      }
      rig.turn();
      assertEquals(0, rig.counters.get(Counter.TCP_FAST_RETRANSMITS));
      c.abort();
    }
  }

  @Test
  void unreachableNeighbourEndsOpensToItOnly() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Told other = new Told();
      final Tcb established = rig.accept(remote, other);
      rig.connect(told);
      rig.core.transport().unreachable(Rig.PEER + 1);
      rig.turn();
      assertEquals(List.of(), told.events);
      rig.core.transport().unreachable(Rig.PEER);
      rig.turn();
      assertEquals(List.of("closed HOST_UNREACHABLE"), told.events);
      assertEquals(List.of(), other.events);
      established.abort();
    }
  }

  @Test
  void nothingIsQueuedBehindAResetByWhoeverGetsItsBuffersBack() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      long address = rig.memory.address();
      c.write(address, 100, "one");
      c.write(address + 100, 100, "two");
      rig.flush();
      long before = rig.core.memory().used();
      told.onReleased =
          ended -> {
            assertEquals(0, ended.write(address + 200, 50, "three"));
            assertEquals(-1, ended.append(address + 200, 50, "two"));
            assertEquals(0, ended.unacknowledgedBytes());
          };
      remote.send(TcpHeader.RST, 1, 0);
      assertEquals(2, told.released);
      assertEquals(before - 200, rig.core.memory().used());
      told.onReleased = _ -> {};
      rig.turn();
      rig.sent.clear();
      Rig.Remote other = rig.synReceived();
      Tcb next = rig.accept(other, told);
      next.write(address, 100, "four"); // in the other one's former queue
      assertEquals(100, next.unacknowledgedBytes());
      next.abort();
    }
  }
}
