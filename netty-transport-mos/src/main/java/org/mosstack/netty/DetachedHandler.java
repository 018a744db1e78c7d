package org.mosstack.netty;

import io.netty.util.ReferenceCountUtil;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * Stands in for a closed channel while TCP still sends what it wrote: it releases the buffers, and
 * knows no channel. It is stateless and serves all connections.
 */
final class DetachedHandler implements TcpHandler {
  static final DetachedHandler INSTANCE = new DetachedHandler();

  private DetachedHandler() {}

  @Override
  public void connected(TcpConnection connection) {
    // Nobody is waiting any more.
  }

  @Override
  public void readable(TcpConnection connection) {
    // Nobody reads any more.
  }

  @Override
  public void writable(TcpConnection connection) {
    // Nobody writes any more.
  }

  @Override
  public void released(TcpConnection connection, Object buffer) {
    ReferenceCountUtil.safeRelease(buffer);
  }

  @Override
  public void closed(TcpConnection connection, TcpError error) {
    // The close was reported when the channel was closed.
  }
}
