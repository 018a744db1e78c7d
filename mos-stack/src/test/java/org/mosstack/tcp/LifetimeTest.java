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

/**
 * A connection object belongs to one connection until that one's handler has been told that it is
 * closed, whatever handlers do meanwhile, and is then handed out again only once.
 */
class LifetimeTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};

  @Test
  void abortBetweenTurnsIsToldBeforeTheObjectIsUsedAgain() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      Tcb c = rig.accept(rig.synReceived(), told);
      c.abort(); // a channel's task, after the turn
      rig.flush();
      Rig.Remote next = rig.remote(); // arrives before the handler is told
      rig.segment(next.port, Rig.PORT, TcpHeader.SYN, Rig.PEER_ISS, 0, 1000, 0, new int[0]);
      rig.turn();
      assertEquals(List.of("closed ABORTED"), told.events);
    }
  }

  @Test
  void abortWithinAnEventIsToldBeforeTheObjectIsUsedAgain() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      told.onReadable = Tcb::abort;
      Rig.Remote remote = rig.synReceived();
      rig.accept(remote, told);
      remote.data(1, 1, 10);
      rig.turn();
      Rig.Remote next = rig.remote();
      rig.segment(next.port, Rig.PORT, TcpHeader.SYN, Rig.PEER_ISS, 0, 1000, 0, new int[0]);
      rig.turn();
      assertEquals(List.of("readable", "closed ABORTED"), told.events);
    }
  }

  @Test
  void flushWithinAnEventRecyclesNobodyWhoWasNotTold() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      Tcb[] opened = new Tcb[1];
      told.onReadable =
          c -> {
            rig.flush(); // as a channel's flush may do
            opened[0] = rig.connect(new Told());
          };
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      remote.data(1, 1, 10);
      remote.send(TcpHeader.RST, 11, 0);
      rig.turn();
      assertNotSame(c, opened[0]);
      assertEquals(List.of("readable", "closed RESET"), told.events);
    }
  }

  @Test
  void resetInTheAcceptQueueGivesTheObjectBackOnce() {
    try (Rig rig = new Rig()) {
      Told told = new Told();
      rig.listen((listener, core) -> listener.accept(core).handler(told));
      Rig.Remote remote = rig.synReceived();
      remote.ack(1, 1);
      remote.send(TcpHeader.RST, 1, 0); // in the same burst
      rig.turn();
      assertEquals(List.of("closed RESET"), told.events);
      rig.sent.clear();
      Tcb first = rig.connect(new Told());
      Tcb second = rig.connect(new Told());
      assertNotSame(first, second);
    }
  }

  @Test
  void closeWithinClosedChangesNothing() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      told.onClosed =
          c -> {
            c.close();
            c.abort();
          };
      Rig.Remote remote = rig.synReceived();
      rig.accept(remote, told);
      remote.send(TcpHeader.RST, 1, 0);
      rig.turn();
      rig.turn();
      assertEquals(List.of("closed RESET"), told.events);
      assertNotSame(rig.connect(new Told()), rig.connect(new Told()));
    }
  }

  @Test
  void theHandlerSetLastIsToldOfTheEnd() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told first = new Told();
      Told second = new Told();
      first.onReadable = c -> c.handler(second);
      Rig.Remote remote = rig.synReceived();
      rig.accept(remote, first);
      remote.data(1, 1, 10);
      remote.send(TcpHeader.RST, 11, 0);
      rig.turn();
      assertEquals(List.of("readable"), first.events);
      assertEquals(List.of("closed RESET"), second.events);
    }
  }

  @Test
  void abortWithinReleased() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      told.onReleased = Tcb::abort;
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 100, told);
      c.write(rig.memory.address(), 100, told);
      rig.flush();
      remote.ack(1, 101);
      rig.turn();
      assertEquals(2, told.released);
      assertEquals(List.of("closed ABORTED"), told.events);
      assertEquals(0, rig.core.flowCount());
    }
  }

  @Test
  void writeAndCloseWithinReleased() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      told.onReleased =
          c -> {
            c.write(rig.memory.address(), 50, told);
            c.close();
          };
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 100, told);
      rig.flush();
      remote.next();
      remote.ack(1, 101);
      rig.turn();
      Rig.Sent last = remote.next();
      assertEquals(101, remote.seq(last));
      assertEquals(50, last.length());
      assertEquals(TcpHeader.FIN, last.flags() & TcpHeader.FIN);
      remote.ack(1, 152);
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 152);
      rig.turn();
      assertEquals(2, told.released);
      assertEquals(List.of("closed NONE"), told.events);
    }
  }

  @Test
  void whoeverHasNotClosedYetIsToldWhenTheStackEnds() {
    Told told = new Told();
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.shutdownOutput();
      rig.flush();
      remote.send(TcpHeader.ACK | TcpHeader.FIN, 1, 2, Rig.WINDOW, 10); // unread data, and the end
      rig.turn();
      assertEquals(List.of("readable"), told.events); // over for TCP, with no time in TIME_WAIT
      assertEquals(0, rig.core.flowCount());
    }
    assertEquals(List.of("readable", "closed STACK_CLOSED"), told.events);
  }

  @Test
  void optionsOfAConnectionThatIsOverStartNoTimer() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Told told = new Told();
      Rig.Remote remote = rig.synReceived();
      Tcb c = rig.accept(remote, told);
      c.write(rig.memory.address(), 100, told);
      rig.flush();
      remote.send(TcpHeader.RST, 1, 0);
      c.userTimeoutMillis(1000);
      c.keepAlive(true);
      assertEquals(0, rig.core.timerCount());
      rig.turn();
      assertEquals(List.of("closed RESET"), told.events);
    }
  }

  @Test
  void connectFromWithinTheEndFails() {
    Told told = new Told();
    Told again = new Told();
    try (Rig rig = new Rig()) {
      SocketOptions options = SocketOptions.DEFAULT;
      told.onClosed =
          c ->
              assertThrows(
                  IOException.class, () -> rig.core.connect(0, 0, Rig.PEER, 1, 0, options, again));
      rig.connect(told);
    }
    assertEquals(List.of("closed STACK_CLOSED"), told.events);
    assertEquals(List.of(), again.events);
  }

  @Test
  void whoWaitsInTheAcceptQueueAtTheEndHoldsNoBuffers() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      remote.ack(1, 1);
      remote.data(1, 1, 100);
      rig.turn();
    }
  }
}
