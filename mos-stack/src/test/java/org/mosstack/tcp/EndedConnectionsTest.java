package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;

/** What was received and acknowledged stays readable when its connection ends. */
class EndedConnectionsTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int RECEIVED = 3000;

  private final Told told = new Told();

  /** Opens a connection that has unread data; returns its peer. */
  private Rig.Remote withUnread(Rig rig) {
    Rig.Remote remote = rig.synReceived();
    rig.accept(remote, told);
    receive(rig, remote);
    return remote;
  }

  private static void receive(Rig rig, Rig.Remote remote) {
    for (int at = 0; at < RECEIVED; at += 1000) {
      remote.data(1 + at, 1, 1000);
    }
    rig.turn();
    rig.sent.clear();
  }

  private static void reset(Rig rig, Rig.Remote remote) {
    remote.send(TcpHeader.RST, 1 + RECEIVED, 0);
    rig.turn();
  }

  /** Reads all that is there; returns the byte count. */
  private static int readAll(Tcb c) {
    byte[] bytes = new byte[2 * RECEIVED];
    return Math.max(0, c.read(bytes, 0, bytes.length));
  }

  @Test
  void whatIsKeptCanBeReadUntilItIsClosed() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      Tcb[] kept = new Tcb[1];
      told.onClosed =
          c -> {
            c.keepUnread();
            kept[0] = c;
          };
      reset(rig, withUnread(rig));
      Tcb c = kept[0];
      rig.run(10);
      assertNotSame(c, rig.accept(rig.synReceived(), new Told()), "in use already");
      assertEquals(RECEIVED, c.available());
      assertEquals(1000, c.read(new byte[1000], 0, 1000));
      assertTrue(rig.core.received().held() > 0, "counts while it is kept");
      assertEquals(TcpState.CLOSED, c.state());
      c.close();
      assertEquals(0, rig.core.received().held());
      rig.turn();
      assertSame(c, rig.accept(rig.synReceived(), new Told()), "used again");
      assertEquals(List.of("readable", "closed RESET"), told.events);
    }
  }

  @Test
  void whatIsNotKeptIsFreed() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      reset(rig, withUnread(rig));
      assertEquals(0, rig.core.received().held());
    }
  }

  @Test
  void whatIsKeptAndClosedAtOnceIsFreed() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      told.onClosed =
          c -> {
            c.keepUnread();
            c.close();
          };
      reset(rig, withUnread(rig));
      assertEquals(0, rig.core.received().held());
    }
  }

  @Test
  void nothingIsKeptForAHandlerThatThrows() {
    Rig rig = new Rig();
    rig.listen(NOBODY);
    told.onClosed =
        c -> {
          c.keepUnread();
          throw new IllegalStateException("thrown by the test");
        };
    reset(rig, withUnread(rig));
    assertEquals(0, rig.core.received().held());
    assertEquals(1, rig.counters.get(Counter.HANDLER_EXCEPTIONS));
  }

  @Test
  void whatIsKeptIsFreedWithTheCore() {
    try (Rig rig = new Rig()) { // close() checks
      rig.listen(NOBODY);
      told.onClosed = Tcb::keepUnread;
      withUnread(rig);
      reset(rig, withUnread(rig));
    }
  }

  @Test
  void resetBeforeItIsAcceptedItIsAcceptedAndReadAndFails() {
    try (Rig rig = new Rig()) {
      Listener listener = rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      remote.ack(1, 1);
      receive(rig, remote);
      reset(rig, remote);
      rig.run(10);
      Tcb c = listener.accept(0);
      assertEquals(RECEIVED, c.available());
      assertEquals(remote.port, c.remotePort);
      int[] read = new int[1];
      told.onReadable = readable -> read[0] = readAll(readable);
      c.handler(told);
      rig.turn();
      assertEquals(List.of("readable", "closed RESET"), told.events);
      assertEquals(RECEIVED, read[0]);
      assertNull(listener.accept(0));
    }
  }

  @Test
  void resetBeforeItIsAcceptedAndNeverAccepted() {
    try (Rig rig = new Rig()) { // close() checks
      rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      remote.ack(1, 1);
      receive(rig, remote);
      reset(rig, remote);
      assertTrue(rig.core.received().held() > 0);
    }
  }

  @Test
  void resetBeforeItIsAcceptedAndDrained() {
    try (Rig rig = new Rig()) {
      Listener listener = rig.listen(NOBODY);
      Rig.Remote remote = rig.synReceived();
      remote.ack(1, 1);
      receive(rig, remote);
      reset(rig, remote);
      listener.close();
      listener.drain(0);
      assertEquals(0, rig.core.received().held());
      rig.turn();
      assertTrue(rig.sent.isEmpty(), "the peer knows of its own reset");
    }
  }

  @Test
  void theEndIsToldOnceWhateverTheHandlerDoes() {
    try (Rig rig = new Rig()) {
      rig.listen(NOBODY);
      told.onClosed =
          c -> {
            if (told.events.size() < 10) {
              c.handler(told);
              c.abort();
            }
          };
      withUnread(rig);
      rig.core.close(); // would otherwise loop forever
      assertEquals(List.of("readable", "closed STACK_CLOSED"), told.events);
    }
  }

  @Test
  void whatHandlersThrowIsLoggedOnceASecond() {
    Rig rig = new Rig();
    List<String> log = new ArrayList<>();
    rig.core.onHandlerFailure((message, thrown) -> log.add(message + ": " + thrown.getMessage()));
    rig.listen(NOBODY);
    told.onReadable =
        c -> {
          throw new IllegalStateException("thrown by the test");
        };
    withUnread(rig);
    withUnread(rig);
    withUnread(rig);
    assertEquals(1, log.size(), log::toString);
    assertTrue(log.getFirst().startsWith("a handler threw on core 0: "), log::toString);
    assertTrue(log.getFirst().endsWith("ESTABLISHED: thrown by the test"), log::toString);
    rig.run(1000);
    withUnread(rig);
    assertEquals(2, log.size(), log::toString);
    assertTrue(log.getLast().contains("(and 2 times since the last such message)"), log::toString);
    assertEquals(4, rig.counters.get(Counter.HANDLER_EXCEPTIONS));
  }
}
