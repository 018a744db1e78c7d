package org.mosstack.testkit;

import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/** Does nothing; tests override what they need. */
public class QuietHandler implements TcpHandler {
  @Override
  public void connected(TcpConnection c) {}

  @Override
  public void readable(TcpConnection c) {}

  @Override
  public void writable(TcpConnection c) {}

  @Override
  public void released(TcpConnection c, Object buffer) {}

  @Override
  public void closed(TcpConnection c, TcpError error) {}
}
