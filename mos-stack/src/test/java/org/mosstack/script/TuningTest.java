package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.script.Seg.ack;
import static org.mosstack.script.Seg.data;
import static org.mosstack.script.Seg.syn;
import static org.mosstack.script.Seg.synAck;

import org.junit.jupiter.api.Test;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpInfo;

/** Buffers that grow with the path's and the application's rate, and windows of RFC 7323. */
class TuningTest extends ScriptTestBase {
  private static final int MEGABYTE = 1 << 20;
  private static final int INITIAL = 0xFFFF;

  private int next = 1;
  private int shift;
  private boolean timestamps = true;

  private void receiver(int rmemSize) {
    start(c -> c.set(MosKeys.RMEM_SIZE, rmemSize));
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).wscale(7).ts(1000, 0));
    shift = peer.expect(synAck()).wscale;
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.remove();
  }

  /** A round trip of 100 ms: the peer sends segments in answer to our last ACK; all are read. */
  private void round(int segments) {
    int echo = peer.lastTsVal;
    s.run(100);
    for (int i = 0; i < segments; i++) {
      Seg seg = data(next, 1, 1448);
      peer.send(timestamps ? seg.ts(s.peerMillis(), echo) : seg);
      next += 1448;
      if (i % 16 == 15) {
        s.settle();
        app.readAll();
      }
    }
    s.settle();
    app.readAll();
    s.run(50);
    s.forgetReceived();
  }

  private int window() {
    app.connection.quickAck(true);
    peer.send(data(next++, 1, 1));
    s.settle();
    app.readAll();
    int field = peer.received.getLast().win;
    peer.received.clear();
    app.connection.quickAck(false);
    return field << shift;
  }

  @Test
  void windowGrowsWithWhatIsReadInARoundTrip() {
    receiver(4 * MEGABYTE);
    assertEquals(7, shift); // for its maximum size
    assertEquals(INITIAL, app.connection.receiveBuffer());
    int segments = 10;
    for (int i = 0; i < 6; i++) {
      int before = app.connection.receiveBuffer();
      round(segments);
      assertTrue(app.connection.receiveBuffer() >= before, "shrank from " + before);
      segments = Math.min(2 * segments, before / 1448);
    }
    TcpInfo info = app.connection.info(s.now(), app.connection.incarnation());
    assertTrue(info.rcvRtt() >= 100_000 && info.rcvRtt() <= 151_000, "RTT " + info.rcvRtt());
    int read = info.rcvSpace();
    assertTrue(read >= 80 * 1448, "read " + read);
    int buffer = app.connection.receiveBuffer();
    assertTrue(buffer >= 2 * read && buffer <= 4 * MEGABYTE, buffer + " for " + read);
    int told = window();
    assertTrue(told <= buffer && told > buffer - 2 * 1448, told + " told of " + buffer);
  }

  @Test
  void windowGrowsNoFurtherThanRmemSize() {
    receiver(200_000);
    for (int i = 0; i < 8; i++) {
      round(Math.min(10 << i, app.connection.receiveBuffer() / 1448));
    }
    assertEquals(200_000, app.connection.receiveBuffer());
  }

  @Test
  void windowDoesNotGrowForAnApplicationThatReadsSlowly() {
    receiver(4 * MEGABYTE);
    for (int i = 0; i < 20; i++) {
      s.run(100);
      for (int j = 0; j < 5; j++) {
        peer.send(data(next, 1, 1448));
        next += 1448;
      }
      s.settle();
      app.read(5000);
      s.forgetReceived();
    }
    assertEquals(INITIAL, app.connection.receiveBuffer());
    app.readAll();
    s.forgetReceived();
  }

  @Test
  void aSizeThatWasSetStays() {
    receiver(4 * MEGABYTE);
    app.connection.receiveBuffer(100_000);
    for (int i = 0; i < 8; i++) {
      round(Math.min(10 << i, 60));
    }
    assertEquals(100_000, app.connection.receiveBuffer());
  }

  @Test
  void withoutTimestampsTheHandshakesRoundTripCounts() {
    timestamps = false;
    start(c -> c.set(MosKeys.RMEM_SIZE, MEGABYTE));
    s.listen();
    peer = s.peer();
    peer.send(syn().mss(MSS).wscale(7));
    peer.expect(synAck());
    s.run(100);
    peer.send(ack(1, 1));
    peer.expectNothing();
    app = s.accepted.remove();
    for (int i = 0; i < 8; i++) {
      round(Math.min(10 << i, 40));
    }
    assertTrue(app.connection.receiveBuffer() > 2 * 40 * 1448);
  }

  @Test
  void scaleIsEnoughForAGigabyte() { // RFC 7323 2.3
    receiver(1 << 30);
    assertEquals(14, shift);
    TcpConnection c = app.connection;
    c.receiveBuffer(1 << 30);
    s.forgetReceived();
    assertEquals(0xFFFF << 14, window());
    peer.send(data(next + 1_000_000_000, 1, 100)); // within the window
    s.settle();
    assertEquals(1, s.core.buffersInUse());
    peer.send(data(next + (0xFFFF << 14), 1, 100)); // beyond it
    s.settle();
    assertEquals(1, s.core.buffersInUse());
    s.forgetReceived();
  }

  // ---- The send buffer ----

  @Test
  void sendBufferGrowsWithTheCongestionWindow() {
    start();
    s.tunesBuffers = true;
    establish(syn().mss(MSS).wscale(7).win(0xFFFF));
    assertEquals(INITIAL, app.write(MEGABYTE));
    for (int i = 0; i < 4; i++) {
      acknowledgeAll();
      app.write(MEGABYTE);
      int cwnd = app.connection.congestionWindow();
      assertTrue(app.connection.sendBuffer() >= Math.max(INITIAL, 2 * cwnd), "cwnd " + cwnd);
    }
    assertTrue(app.connection.sendBuffer() > 2 * INITIAL, "" + app.connection.sendBuffer());
    s.forgetReceived();
  }

  /** Acknowledges each segment, so that slow start doubles the window. */
  private void acknowledgeAll() {
    s.settle();
    for (int count = peer.received.size(); count > 0; count--) {
      Seg seg = peer.received.remove();
      peer.send(ack(1, seg.seq + seg.len));
    }
    s.settle();
  }

  @Test
  void sendBufferGrowsNoFurtherThanWmemSize() {
    start(c -> c.set(MosKeys.WMEM_SIZE, 100_000));
    s.tunesBuffers = true;
    establish(syn().mss(MSS).wscale(7).win(0xFFFF));
    for (int i = 0; i < 5; i++) {
      app.write(MEGABYTE);
      acknowledgeAll();
    }
    assertEquals(100_000, app.connection.sendBuffer());
    s.forgetReceived();
  }
}
