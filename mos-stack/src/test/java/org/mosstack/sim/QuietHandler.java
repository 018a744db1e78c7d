package org.mosstack.sim;

import org.mosstack.tcp.TcpConnection;
import org.mosstack.tcp.TcpError;
import org.mosstack.tcp.TcpHandler;

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
