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
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.RecordingHandler;

/** What was received and acknowledged stays readable when its connection ends. */
class EndedConnectionsTest {
  private static final AcceptHandler NOBODY = (listener, core) -> {};
  private static final int RECEIVED = 3000;

  private final RecordingHandler recorder = new RecordingHandler();

  /** Opens a connection that has unread data; returns its peer. */
  private TcpFixture.Remote withUnread(TcpFixture fixture) {
    TcpFixture.Remote remote = fixture.synReceived();
    fixture.accept(remote, recorder);
    receive(fixture, remote);
    return remote;
  }

  private static void receive(TcpFixture fixture, TcpFixture.Remote remote) {
    for (int at = 0; at < RECEIVED; at += 1000) {
      remote.data(1 + at, 1, 1000);
    }
    fixture.turn();
    fixture.sent.clear();
  }

  private static void reset(TcpFixture fixture, TcpFixture.Remote remote) {
    remote.send(TcpHeader.RST, 1 + RECEIVED, 0);
    fixture.turn();
  }

  /** Reads all that is there; returns the byte count. */
  private static int readAll(Tcb c) {
    byte[] bytes = new byte[2 * RECEIVED];
    return Math.max(0, c.read(bytes, 0, bytes.length));
  }

  @Test
  void whatIsKeptCanBeReadUntilItIsClosed() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      Tcb[] kept = new Tcb[1];
      recorder.onClosed =
          c -> {
            c.keepUnread();
            kept[0] = (Tcb) c;
          };
      reset(fixture, withUnread(fixture));
      Tcb c = kept[0];
      fixture.run(10);
      assertNotSame(
          c, fixture.accept(fixture.synReceived(), new RecordingHandler()), "in use already");
      assertEquals(RECEIVED, c.available());
      assertEquals(1000, c.read(new byte[1000], 0, 1000));
      assertTrue(fixture.core.received().held() > 0, "counts while it is kept");
      assertEquals(TcpState.CLOSED, c.state());
      c.close();
      assertEquals(0, fixture.core.received().held());
      fixture.turn();
      assertSame(c, fixture.accept(fixture.synReceived(), new RecordingHandler()), "used again");
      assertEquals(List.of("readable", "closed RESET"), recorder.events);
    }
  }

  @Test
  void whatIsNotKeptIsFreed() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      reset(fixture, withUnread(fixture));
      assertEquals(0, fixture.core.received().held());
    }
  }

  @Test
  void whatIsKeptAndClosedAtOnceIsFreed() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      recorder.onClosed =
          c -> {
            c.keepUnread();
            c.close();
          };
      reset(fixture, withUnread(fixture));
      assertEquals(0, fixture.core.received().held());
    }
  }

  @Test
  void nothingIsKeptForAHandlerThatThrows() {
    TcpFixture fixture = new TcpFixture();
    fixture.listen(NOBODY);
    recorder.onClosed =
        c -> {
          c.keepUnread();
          throw new IllegalStateException("thrown by the test");
        };
    reset(fixture, withUnread(fixture));
    assertEquals(0, fixture.core.received().held());
    assertEquals(1, fixture.counters.get(Counter.HANDLER_EXCEPTIONS));
  }

  @Test
  void whatIsKeptIsFreedWithTheCore() {
    try (TcpFixture fixture = new TcpFixture()) { // close() checks
      fixture.listen(NOBODY);
      recorder.onClosed = TcpConnection::keepUnread;
      withUnread(fixture);
      reset(fixture, withUnread(fixture));
    }
  }

  @Test
  void resetBeforeItIsAcceptedItIsAcceptedAndReadAndFails() {
    try (TcpFixture fixture = new TcpFixture()) {
      Listener listener = fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      remote.ack(1, 1);
      receive(fixture, remote);
      reset(fixture, remote);
      fixture.run(10);
      Tcb c = listener.accept(0);
      assertEquals(RECEIVED, c.available());
      assertEquals(remote.port, c.remotePort);
      int[] read = new int[1];
      recorder.onReadable = readable -> read[0] = readAll((Tcb) readable);
      c.handler(recorder);
      fixture.turn();
      assertEquals(List.of("readable", "closed RESET"), recorder.events);
      assertEquals(RECEIVED, read[0]);
      assertNull(listener.accept(0));
    }
  }

  @Test
  void resetBeforeItIsAcceptedAndNeverAccepted() {
    try (TcpFixture fixture = new TcpFixture()) { // close() checks
      fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      remote.ack(1, 1);
      receive(fixture, remote);
      reset(fixture, remote);
      assertTrue(fixture.core.received().held() > 0);
    }
  }

  @Test
  void resetBeforeItIsAcceptedAndDrained() {
    try (TcpFixture fixture = new TcpFixture()) {
      Listener listener = fixture.listen(NOBODY);
      TcpFixture.Remote remote = fixture.synReceived();
      remote.ack(1, 1);
      receive(fixture, remote);
      reset(fixture, remote);
      listener.close();
      listener.drain(0);
      assertEquals(0, fixture.core.received().held());
      fixture.turn();
      assertTrue(fixture.sent.isEmpty(), "the peer knows of its own reset");
    }
  }

  @Test
  void theEndIsToldOnceWhateverTheHandlerDoes() {
    try (TcpFixture fixture = new TcpFixture()) {
      fixture.listen(NOBODY);
      recorder.onClosed =
          c -> {
            if (recorder.events.size() < 10) {
              c.handler(recorder);
              c.abort();
            }
          };
      withUnread(fixture);
      fixture.core.close(); // would otherwise loop forever
      assertEquals(List.of("readable", "closed STACK_CLOSED"), recorder.events);
    }
  }

  @Test
  void whatHandlersThrowIsLoggedOnceASecond() {
    TcpFixture fixture = new TcpFixture();
    List<String> log = new ArrayList<>();
    fixture.core.onHandlerFailure(
        (message, thrown) -> log.add(message + ": " + thrown.getMessage()));
    fixture.listen(NOBODY);
    recorder.onReadable =
        c -> {
          throw new IllegalStateException("thrown by the test");
        };
    withUnread(fixture);
    withUnread(fixture);
    withUnread(fixture);
    assertEquals(1, log.size(), log::toString);
    assertTrue(log.getFirst().startsWith("a handler threw on core 0: "), log::toString);
    assertTrue(log.getFirst().endsWith("ESTABLISHED: thrown by the test"), log::toString);
    fixture.run(1000);
    withUnread(fixture);
    assertEquals(2, log.size(), log::toString);
    assertTrue(log.getLast().contains("(and 2 times since the last such message)"), log::toString);
    assertEquals(4, fixture.counters.get(Counter.HANDLER_EXCEPTIONS));
  }
}
