package org.mosstack.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/** Records a connection's events, and does what a test attaches to them. */
public class RecordingHandler implements TcpHandler {
  /** The events so far, such as {@code readable} and {@code closed RESET}. */
  public final List<String> events = new ArrayList<>();

  /** Runs when the connection is connected. */
  public Consumer<TcpConnection> onConnected = _ -> {};

  /** Runs when it is readable. */
  public Consumer<TcpConnection> onReadable = _ -> {};

  /** Runs when it is writable. */
  public Consumer<TcpConnection> onWritable = _ -> {};

  /** Runs when a buffer is released, which isn't an event of the list. */
  public Consumer<TcpConnection> onReleased = _ -> {};

  /** Runs when it is closed. */
  public Consumer<TcpConnection> onClosed = _ -> {};

  /** Number of buffers released. */
  public int released;

  /** Why it was closed; null if it wasn't. */
  public TcpError error;

  /** Creates a handler of a new connection. */
  public RecordingHandler() {}

  /** Adds an event to the list. */
  protected void record(String event) {
    events.add(event);
  }

  @Override
  public void connected(TcpConnection c) {
    record("connected");
    onConnected.accept(c);
  }

  @Override
  public void readable(TcpConnection c) {
    record("readable");
    onReadable.accept(c);
  }

  @Override
  public void writable(TcpConnection c) {
    record("writable");
    onWritable.accept(c);
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    released++;
    onReleased.accept(c);
  }

  @Override
  public void closed(TcpConnection c, TcpError e) {
    record("closed " + e);
    error = e;
    onClosed.accept(c);
  }
}
