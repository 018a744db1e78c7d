package org.mosstack.netty;

import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * A close with SO_LINGER: the "executor" to which Netty hands the rest of the close, run when TCP
 * has closed the connection or after the linger time. All of it happens on the loop, which isn't
 * blocked meanwhile.
 */
final class Linger implements Executor, TcpHandler {
  private final TcpConnection connection;
  private final EventExecutor loop;
  private final int seconds;
  private Runnable rest;
  private Future<?> timer;
  private boolean ended;

  Linger(TcpConnection connection, EventExecutor loop, int seconds) {
    this.connection = connection;
    this.loop = loop;
    this.seconds = seconds;
  }

  /** Starts the close; {@code restOfClose} runs at its end. */
  @Override
  public void execute(Runnable restOfClose) {
    rest = restOfClose;
    connection.handler(this);
    timer = loop.schedule(this::expire, seconds, TimeUnit.SECONDS);
    connection.close();
  }

  /** Ends the wait when the time is up: TCP goes on alone. */
  void expire() {
    if (!ended) {
      connection.handler(DetachedHandler.INSTANCE);
      end();
    }
  }

  private void end() {
    ended = true;
    timer.cancel(false);
    rest.run();
  }

  @Override
  public void closed(TcpConnection connection, TcpError error) {
    end();
  }

  @Override
  public void released(TcpConnection connection, Object buffer) {
    ReferenceCountUtil.safeRelease(buffer);
  }

  @Override
  public void connected(TcpConnection connection) {
    throw new AssertionError("only established connections linger");
  }

  @Override
  public void readable(TcpConnection connection) {
    // Nobody reads any more.
  }

  @Override
  public void writable(TcpConnection connection) {
    // Nobody writes any more.
  }
}
