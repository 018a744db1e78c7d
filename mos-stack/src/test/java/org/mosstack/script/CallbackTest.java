package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.fin;
import static org.mosstack.script.Seg.rst;
import static org.mosstack.script.Seg.rstAck;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpState;

/** What applications may do inside callbacks, and what happens to those that throw. */
class CallbackTest extends ScriptTestBase {
  // ---- Writing ----

  @Test
  void writeInConnected() {
    connect();
    app.onConnected = _ -> app.write(100);
    peer.send(synAck().mss(MSS));
    peer.expect(data(1, 1, 100)); // carries the handshake's ACK
    peer.send(ack(1, 101));
    peer.expectNothing();
  }

  @Test
  void writeInWritable() {
    start(c -> c.set(MosKeys.WMEM_SIZE, 2048));
    establish();
    app.onWritable = _ -> app.write(1000);
    assertEquals(2048, app.write(3000));
    peer.expect(data(1, 1, MSS));
    peer.send(ack(1, 1 + MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    app.saw("writable");
    peer.send(ack(1, 1 + 2 * MSS));
    peer.expect(data(1 + 2 * MSS, 1, 3048 - 2 * MSS));
  }

  @Test
  void writeInReleased() {
    establish();
    app.onReleased =
        _ -> {
          app.onReleased = _ -> {};
          app.write(50);
        };
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.send(ack(1, 11));
    peer.expect(data(11, 1, 50));
    peer.send(ack(1, 61));
  }

  @Test
  void writeInClosedIsRefused() {
    establish();
    app.onClosed = _ -> assertEquals(0, app.write(10));
    peer.send(rst(1));
    app.saw("closed RESET");
  }

  // ---- Reading ----

  @Test
  void readInClosed() {
    establish();
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001));
    app.saw("readable");
    app.onClosed = _ -> assertEquals(1000, app.readAll());
    app.connection.abort();
    peer.expect(rstAck(1, 1001));
    app.saw("closed ABORTED");
  }

  @Test
  void readInClosedAfterAnAbortBetweenTurns() {
    establish();
    peer.send(data(1, 1, 1000));
    peer.expect(ack(1, 1001));
    app.connection.abort();
    s.core.flush(); // as event loops do after their tasks
    app.onClosed = _ -> assertEquals(1000, app.readAll());
    app.saw("readable", "closed ABORTED");
    peer.expect(rstAck(1, 1001));
  }

  // ---- Closing and aborting ----

  @Test
  void closeInConnected() {
    connect();
    app.onConnected = _ -> app.connection.close();
    peer.send(synAck().mss(MSS));
    peer.expect(fin(1, 1));
    peer.send(fin(1, 2));
    peer.expect(ack(2, 2));
    app.saw("connected", "closed NONE");
  }

  @Test
  void abortInConnected() {
    connect();
    app.onConnected = _ -> app.connection.abort();
    peer.send(synAck().mss(MSS));
    peer.send(data(1, 1, 10));
    peer.expect(rstAck(1, 11));
    app.saw("connected", "closed ABORTED"); // nothing else after abort()
  }

  @Test
  void closeInReadableAfterReading() {
    establish();
    app.onReadable =
        _ -> {
          app.readAll();
          app.connection.close();
        };
    peer.send(data(1, 1, 10));
    peer.expect(fin(1, 11));
    peer.send(fin(11, 2));
    peer.expect(ack(2, 12));
    app.saw("readable", "closed NONE");
  }

  @Test
  void closeInReadableWithoutReading() {
    establish();
    app.onReadable = _ -> app.connection.close();
    peer.send(data(1, 1, 10));
    peer.expect(rstAck(1, 11));
    app.saw("readable", "closed ABORTED");
  }

  @Test
  void closeInReadableAtTheEndOfTheStream() {
    establish();
    app.onReadable = _ -> app.connection.close();
    peer.send(fin(1, 1));
    peer.expect(fin(1, 2));
    peer.send(ack(2, 2));
    app.saw("readable", "closed NONE");
  }

  @Test
  void abortInReadable() {
    establish();
    app.onReadable = _ -> app.connection.abort();
    peer.send(data(1, 1, 10));
    peer.expect(rstAck(1, 11));
    app.saw("readable", "closed ABORTED");
  }

  @Test
  void abortInWritable() {
    start(c -> c.set(MosKeys.WMEM_SIZE, 2048));
    establish();
    app.onWritable = _ -> app.connection.abort();
    app.write(3000);
    peer.expect(data(1, 1, MSS));
    peer.send(ack(1, 1 + MSS));
    peer.expect(data(1 + MSS, 1, 2048 - MSS)); // earlier writes still go out
    peer.expect(rstAck(2049, 1));
    app.saw("writable", "closed ABORTED");
  }

  @Test
  void closeAndAbortInClosed() {
    establish();
    app.onClosed =
        _ -> {
          app.connection.close();
          app.connection.abort();
          app.connection.shutdownOutput();
        };
    peer.send(rst(1));
    app.saw("closed RESET");
  }

  @Test
  void closeInReleased() {
    establish();
    app.onReleased = _ -> app.connection.close();
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.send(ack(1, 11));
    peer.expect(fin(11, 1));
    peer.send(fin(1, 12));
    peer.expect(ack(12, 2));
    app.saw("closed NONE");
  }

  @Test
  void abortInReleased() {
    establish();
    app.onReleased = _ -> app.connection.abort();
    app.write(10);
    app.write(2 * MSS);
    peer.expect(data(1, 1, MSS));
    peer.expect(data(1 + MSS, 1, MSS));
    peer.send(ack(1, 11));
    peer.expect(rstAck(1 + 2 * MSS, 1));
    app.saw("closed ABORTED");
    assertEquals(0, app.held());
  }

  @Test
  void abortOfAnotherConnection() {
    establish();
    App other = app;
    Peer otherPeer = peer;
    establish();
    App first = app;
    first.onReadable = _ -> other.connection.abort();
    otherPeer.send(data(1, 1, 10));
    peer.send(data(1, 1, 10));
    peer.expect(ack(1, 11));
    otherPeer.expect(rstAck(1, 11));
    other.sawClosed(TcpError.ABORTED);
    first.readAll();
  }

  @Test
  void closedIsToldToItsOwnHandlerWhenTheNextConnectionComes() {
    establish();
    App first = app;
    first.onReadable = _ -> first.connection.abort();
    Peer next = s.peer();
    peer.send(data(1, 1, 10));
    s.core.poll(); // notified, reset sent; closed() follows next turn
    next.send(syn().mss(MSS));
    next.expect(synAck());
    peer.expect(rstAck(1, 11));
    first.saw("readable", "closed ABORTED");
    next.send(ack(1, 1));
    next.expectNothing();
    assertEquals(TcpState.ESTABLISHED, s.accepted.remove().connection.state());
  }

  @Test
  void connectInClosed() {
    establish();
    App[] second = new App[1];
    app.onClosed = _ -> second[0] = s.connect(REMOTE_PORT, 0);
    peer.send(rst(1));
    app.saw("closed RESET");
    Peer secondPeer = s.peerOf(second[0]);
    secondPeer.expect(syn());
    secondPeer.send(synAck().mss(MSS));
    secondPeer.expect(ack(1, 1));
    second[0].saw("connected");
  }

  // ---- Throwing ----

  private static void fail() {
    throw new IllegalStateException("as applications do");
  }

  /** Expects the connection to be aborted and another one to be unaffected. */
  private void expectAborted(Peer failed, App failedApp, int seq, int ack) {
    s.expectedExceptions++;
    failed.expect(rstAck(seq, ack));
    failedApp.sawClosed(TcpError.ABORTED);
    establish();
    peer.send(data(1, 1, 10));
    peer.expect(ack(1, 11));
    assertEquals(10, app.readAll());
  }

  @Test
  void throwInConnected() {
    connect();
    app.onConnected = _ -> fail();
    peer.send(synAck().mss(MSS));
    expectAborted(peer, app, 1, 1);
  }

  @Test
  void throwInReadable() {
    establish();
    app.onReadable = _ -> fail();
    peer.send(data(1, 1, 10));
    expectAborted(peer, app, 1, 11);
  }

  @Test
  void throwInWritable() {
    start(c -> c.set(MosKeys.WMEM_SIZE, 2048));
    establish();
    app.onWritable = _ -> fail();
    app.write(3000);
    peer.expect(data(1, 1, MSS));
    peer.send(ack(1, 1 + MSS));
    peer.expect(data(1 + MSS, 1, 2048 - MSS)); // earlier writes still go out
    expectAborted(peer, app, 2049, 1);
  }

  @Test
  void throwInReleasedIsCounted() {
    establish();
    app.onReleased = _ -> fail();
    app.write(10);
    peer.expect(data(1, 1, 10));
    peer.send(ack(1, 11));
    peer.expectNothing();
    s.expectedExceptions++;
    app.onReleased = _ -> {};
    app.write(10);
    peer.expect(data(11, 1, 10));
  }

  @Test
  void throwInClosedIsCounted() {
    establish();
    App first = app;
    Peer firstPeer = peer;
    first.onClosed = _ -> fail();
    establish();
    firstPeer.send(rst(1));
    peer.send(rst(1));
    first.saw("closed RESET");
    app.saw("closed RESET");
    assertNull(first.connection);
    s.expectedExceptions++;
  }

  @Test
  void throwInTheAcceptHandler() {
    start();
    s.onAcceptable = CallbackTest::fail;
    s.listen();
    peer = s.peer();
    handshake(peer, syn());
    s.expectedExceptions++;
    s.onAcceptable = () -> {};
    handshake(s.peer(), syn());
    assertEquals(2, s.accepted.size()); // the first is still open
    assertNotNull(s.accepted.remove().connection);
  }
}
