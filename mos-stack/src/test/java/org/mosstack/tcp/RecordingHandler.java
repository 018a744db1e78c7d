package org.mosstack.tcp;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/** Records a connection's events, and does what a test attaches to them. */
final class RecordingHandler implements TcpHandler {
  final List<String> events = new ArrayList<>();
  Consumer<Tcb> onConnected = c -> {};
  Consumer<Tcb> onReadable = c -> {};
  Consumer<Tcb> onReleased = c -> {};
  Consumer<Tcb> onClosed = c -> {};
  int released;

  @Override
  public void connected(TcpConnection c) {
    events.add("connected");
    onConnected.accept((Tcb) c);
  }

  @Override
  public void readable(TcpConnection c) {
    events.add("readable");
    onReadable.accept((Tcb) c);
  }

  @Override
  public void writable(TcpConnection c) {
    events.add("writable");
  }

  @Override
  public void released(TcpConnection c, Object buffer) {
    released++;
    onReleased.accept((Tcb) c);
  }

  @Override
  public void closed(TcpConnection c, TcpError error) {
    events.add("closed " + error);
    onClosed.accept((Tcb) c);
  }
}
