package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.RecordingHandler;

/**
 * A connection object belongs to one connection until that one's handler has been told that it is
 * closed, whatever handlers do meanwhile, and is then handed out again only once.
 */
class LifetimeTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  @Test
  void abortBetweenTurnsIsToldBeforeTheObjectIsUsedAgain() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      Tcb c = fixture.accept(fixture.synReceived(), recorder);
      c.abort(); // a channel's task, after the turn
      fixture.flush();
      TcpFixture.Remote next = fixture.remote(); // arrives before the handler is recorder
      fixture.segment(
          next.port, TcpFixture.PORT, TcpHeader.SYN, TcpFixture.PEER_ISS, 0, 1000, 0, new int[0]);
      fixture.turn();
      assertEquals(List.of("closed ABORTED"), recorder.events);
    }
  }

  @Test
  void abortWithinAnEventIsToldBeforeTheObjectIsUsedAgain() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      recorder.onReadable = TcpConnection::abort;
      TcpFixture.Remote remote = fixture.synReceived();
      fixture.accept(remote, recorder);
      remote.data(1, 1, 10);
      fixture.turn();
      TcpFixture.Remote next = fixture.remote();
      fixture.segment(
          next.port, TcpFixture.PORT, TcpHeader.SYN, TcpFixture.PEER_ISS, 0, 1000, 0, new int[0]);
      fixture.turn();
      assertEquals(List.of("readable", "closed ABORTED"), recorder.events);
    }
  }

  @Test
  void flushWithinAnEventRecyclesNobodyWhoWasNotTold() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      Tcb[] opened = new Tcb[1];
      recorder.onReadable =
          c -> {
            fixture.flush(); // as a channel's flush may do
            opened[0] = fixture.connect(new RecordingHandler());
          };
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      remote.data(1, 1, 10);
      remote.send(TcpHeader.RST, 11, 0);
      fixture.turn();
      assertNotSame(c, opened[0]);
      assertEquals(List.of("readable", "closed RESET"), recorder.events);
    }
  }

  @Test
  void resetInTheAcceptQueueGivesTheObjectBackOnce() {
    try (TcpFixture fixture = new TcpFixture()) {
      RecordingHandler recorder = new RecordingHandler();
      fixture.listen((listener, core) -> listener.accept(core).handler(recorder));
      TcpFixture.Remote remote = fixture.synReceived();
      remote.ack(1, 1);
      remote.send(TcpHeader.RST, 1, 0); // in the same burst
      fixture.turn();
      assertEquals(List.of("closed RESET"), recorder.events);
      fixture.sent.clear();
      Tcb first = fixture.connect(new RecordingHandler());
      Tcb second = fixture.connect(new RecordingHandler());
      assertNotSame(first, second);
    }
  }

  @Test
  void closeWithinClosedChangesNothing() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      recorder.onClosed =
          c -> {
            c.close();
            c.abort();
          };
      TcpFixture.Remote remote = fixture.synReceived();
      fixture.accept(remote, recorder);
      remote.send(TcpHeader.RST, 1, 0);
      fixture.turn();
      fixture.turn();
      assertEquals(List.of("closed RESET"), recorder.events);
      assertNotSame(
          fixture.connect(new RecordingHandler()), fixture.connect(new RecordingHandler()));
    }
  }

  @Test
  void theHandlerSetLastIsToldOfTheEnd() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler first = new RecordingHandler();
      RecordingHandler second = new RecordingHandler();
      first.onReadable = c -> c.handler(second);
      TcpFixture.Remote remote = fixture.synReceived();
      fixture.accept(remote, first);
      remote.data(1, 1, 10);
      remote.send(TcpHeader.RST, 11, 0);
      fixture.turn();
      assertEquals(List.of("readable"), first.events);
      assertEquals(List.of("closed RESET"), second.events);
    }
  }

  @Test
  void abortWithinReleased() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      recorder.onReleased = TcpConnection::abort;
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.flush();
      remote.ack(1, 101);
      fixture.turn();
      assertEquals(2, recorder.released);
      assertEquals(List.of("closed ABORTED"), recorder.events);
      assertEquals(0, fixture.core.flowCount());
    }
  }

  @Test
  void writeAndCloseWithinReleased() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      recorder.onReleased =
          c -> {
            c.write(fixture.memory.address(), 50, recorder);
            c.close();
          };
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.flush();
      remote.next();
      remote.ack(1, 101);
      fixture.turn();
      TcpFixture.Sent last = remote.next();
      assertEquals(101, remote.seq(last));
      assertEquals(50, last.length());
      assertEquals(TcpHeader.FIN, last.flags() & TcpHeader.FIN);
      remote.ack(1, 152);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 152);
      fixture.turn();
      assertEquals(2, recorder.released);
      assertEquals(List.of("closed NONE"), recorder.events);
    }
  }

  @Test
  void whoeverHasNotClosedYetIsToldWhenTheStackEnds() {
    RecordingHandler recorder = new RecordingHandler();
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.shutdownOutput();
      fixture.flush();
      remote.send(
          TcpHeader.ACK | TcpHeader.FIN, 1, 2, TcpFixture.WINDOW, 10); // unread data, and the end
      fixture.turn();
      assertEquals(List.of("readable"), recorder.events); // over for TCP, with no time in TIME_WAIT
      assertEquals(0, fixture.core.flowCount());
    }
    assertEquals(List.of("readable", "closed STACK_CLOSED"), recorder.events);
  }

  @Test
  void optionsOfAConnectionThatIsOverStartNoTimer() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      RecordingHandler recorder = new RecordingHandler();
      TcpFixture.Remote remote = fixture.synReceived();
      Tcb c = fixture.accept(remote, recorder);
      c.write(fixture.memory.address(), 100, recorder);
      fixture.flush();
      remote.send(TcpHeader.RST, 1, 0);
      c.userTimeoutMillis(1000);
      c.keepAlive(true);
      assertEquals(0, fixture.core.timerCount());
      fixture.turn();
      assertEquals(List.of("closed RESET"), recorder.events);
    }
  }

  @Test
  void connectFromWithinTheEndFails() {
    RecordingHandler recorder = new RecordingHandler();
    RecordingHandler again = new RecordingHandler();
    try (TcpFixture fixture = new TcpFixture()) {
      SocketOptions options = SocketOptions.DEFAULT;
      recorder.onClosed =
          c ->
              assertThrows(
                  IOException.class,
                  () -> fixture.core.connect(0, 0, TcpFixture.PEER, 1, 0, options, again));
      fixture.connect(recorder);
    }
    assertEquals(List.of("closed STACK_CLOSED"), recorder.events);
    assertEquals(List.of(), again.events);
  }

  @Test
  void whoWaitsInTheAcceptQueueAtTheEndHoldsNoBuffers() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      remote.ack(1, 1);
      remote.data(1, 1, 100);
      fixture.turn();
    }
  }
}
