package org.mosstack.fuzz;

import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.testkit.Pattern;

/**
 * One end of a connection without forgeries: it sends {@link Pattern}'s stream and checks that it
 * receives that stream, byte by byte.
 */
final class Transfer implements TcpHandler {
  private final Pattern pattern;
  private final byte[] buffer = new byte[8192];
  TcpConnection connection;
  TcpError error;
  long sent;
  long received;
  boolean endOfStream;

  /**
   * The first failure, or null. Events may not throw: the stack would take it for the
   * application's.
   */
  String failure;

  private int held;

  Transfer(Pattern pattern) {
    this.pattern = pattern;
  }

  void start(TcpConnection c) {
    connection = c;
    c.handler(this);
  }

  /** Writes more of the stream, as much as is accepted. */
  void send(int bytes) {
    if (connection == null) {
      return;
    }
    int accepted =
        connection.write(pattern.address(sent), Math.min(bytes, Pattern.MAX_BYTES), pattern);
    if (accepted > 0) {
      sent += accepted;
      held++;
    }
  }

  /** Declares that nothing more will be sent. */
  void finish() {
    if (connection != null) {
      connection.shutdownOutput();
      closeIfDone();
    }
  }

  private void closeIfDone() {
    if (endOfStream && connection.isOutputShutdown()) {
      connection.close();
    }
  }

  boolean isClosed() {
    return error != null;
  }

  /** Returns the number of buffers written and not yet released. */
  int held() {
    return held;
  }

  @Override
  public void connected(TcpConnection c) {
    connection = c;
  }

  @Override
  public void readable(TcpConnection c) {
    int n = c.read(buffer, 0, buffer.length);
    while (n > 0) {
      int wrong = pattern.mismatch(buffer, n, received);
      if (wrong >= 0 && failure == null) {
        failure = "byte " + (received + wrong) + " is " + buffer[wrong];
      }
      received += n;
      n = c.read(buffer, 0, buffer.length);
    }
    if (n < 0) {
      endOfStream = true;
      closeIfDone();
    }
  }

  @Override
  public void writable(TcpConnection c) {}

  @Override
  public void released(TcpConnection c, Object written) {
    held--;
  }

  @Override
  public void closed(TcpConnection c, TcpError e) {
    if (error != null && failure == null) {
      failure = "closed twice";
    }
    error = e;
    connection = null;
  }

  @Override
  public String toString() {
    return connection + " sent " + sent + " received " + received + " " + error + " " + failure;
  }
}
