package org.mosstack.tcp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Records a connection's events, and does what a test attaches to them. */
final class Told implements TcpHandler {
  final List<String> events = new ArrayList<>();
  Consumer<TcpConnection> onConnected = c -> {};
  Consumer<TcpConnection> onReadable = c -> {};
  Consumer<TcpConnection> onReleased = c -> {};
  Consumer<TcpConnection> onClosed = c -> {};
  int released;

  @Override
  public void connected(TcpConnection c) {
    events.add("connected");
    onConnected.accept(c);
  }

  @Override
  public void readable(TcpConnection c) {
    events.add("readable");
    onReadable.accept(c);
  }

  @Override
  public void writable(TcpConnection c) {
    events.add("writable");
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    released++;
    onReleased.accept(c);
  }

  @Override
  public void closed(TcpConnection c, TcpError error) {
    events.add("closed " + error);
    onClosed.accept(c);
  }
}
