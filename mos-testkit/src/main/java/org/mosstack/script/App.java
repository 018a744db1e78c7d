package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.List;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.testkit.RecordingHandler;

/** One connection's application: follows the script and records its events. */
final class App extends RecordingHandler {
  TcpConnection connection;
  private final Script script;
  private final ArrayDeque<Object> held = new ArrayDeque<>();
  private int written;
  private int readBytes;

  App(Script script) {
    this.script = script;
    script.apps.add(this);
  }

  void start(TcpConnection c) {
    connection = c;
    c.handler(this);
    script.largeSendBuffer(c);
  }

  /** Writes the next bytes of the pattern once; returns how many were accepted. */
  int write(int length) {
    Object buffer = new Object();
    int accepted = connection.write(script.patternAddress(1 + written), length, buffer);
    if (accepted > 0) {
      held.add(buffer);
      written += accepted;
    }
    return accepted;
  }

  /** Reads once and checks the bytes; as {@link TcpConnection#read}. */
  int read(int length) {
    byte[] bytes = new byte[length];
    int n = connection.read(bytes, 0, length);
    for (int i = 0; i < n; i++) {
      assertEquals(Seg.pattern(1 + readBytes + i), bytes[i], "byte " + (readBytes + i));
    }
    readBytes += Math.max(n, 0);
    return n;
  }

  /** Reads everything available. */
  int readAll() {
    int sum = 0;
    for (int n = read(65536); n > 0; n = read(65536)) {
      sum += n;
    }
    return sum;
  }

  /** Returns the number of accepted writes not yet released. */
  int held() {
    return held.size();
  }

  boolean isClosed() {
    return error != null;
  }

  /** Checks the events since the last call. */
  void saw(String... expected) {
    script.settle();
    assertEquals(List.of(expected), events);
    events.clear();
  }

  /** Checks that the last event is the close, with this error. */
  void sawClosed(TcpError expected) {
    script.settle();
    assertTrue(!events.isEmpty() && isClosed(), () -> "not closed, but " + events);
    assertEquals("closed " + expected, events.getLast());
    events.clear();
  }

  void forgetEvents() {
    events.clear();
  }

  @Override
  public void connected(TcpConnection c) {
    connection = c;
    script.largeSendBuffer(c);
    super.connected(c);
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    if (isClosed() || buffer != held.poll()) {
      script.fail("released out of order, twice or after closed()");
    }
    super.released(c, buffer);
  }

  @Override
  public void closed(TcpConnection c, TcpError e) {
    try {
      super.closed(c, e);
    } finally {
      connection = null;
    }
  }

  @Override
  protected void record(String event) {
    if (isClosed()) {
      script.fail(event + " after closed()");
    }
    super.record(event);
  }
}
