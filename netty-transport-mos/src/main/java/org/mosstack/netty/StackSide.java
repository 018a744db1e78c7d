package org.mosstack.netty;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;

/**
 * A socket channel's connection on the stack, on the core that its loop drives or on another one;
 * and what there is before it. On the channel's loop, unless stated otherwise.
 */
final class StackSide implements SocketSide, FarConnection.Handler {
  private final MosSocketChannel channel;
  private final SocketReader reader;
  private final SocketWriter writer;

  /** Null before and after there is one. */
  private TcpConnection connection;

  /** The error that ended the connection, which then only holds unread data; null before. */
  private BrokenConnection broken;

  private boolean writeBlocked;

  StackSide(MosSocketChannel channel) {
    this.channel = channel;
    reader = new SocketReader(channel);
    writer = new SocketWriter(channel);
  }

  TcpConnection connection() {
    return connection;
  }

  /** Takes an accepted connection. On the thread of its core. */
  void adopt(TcpConnection accepted) {
    connection = accepted;
    accepted.handler(this);
  }

  // ---- Connecting ----

  /**
   * Starts a connection.
   *
   * @param from the address that was bound, or null
   */
  void connect(Place place, InetSocketAddress from, InetSocketAddress to) throws IOException {
    StackCore core = place.nearCore();
    if (core == null) {
      connectFar(place.stack(), from, to);
      return;
    }
    connection = channel.config().connect(core, from, to, this);
    channel.home().near(core);
    channel.connecting(connection, core);
    channel.knowLocal(connection.local());
  }

  /** Has a connection started on one of the stack's cores. */
  private void connectFar(MosStack stack, InetSocketAddress from, InetSocketAddress to) {
    StackCore core = stack.core(ThreadLocalRandom.current().nextInt(stack.cores()));
    MosSocketChannelConfig config = channel.config();
    FarConnection far = new FarConnection(f -> new CoreEnd(core, f, config), this);
    connection = far;
    channel.home().far(core, far);
    channel.connecting(far, core);
    far.attach(LoopLink.of(channel.eventLoop(), core));
    far.open((on, handler) -> config.connect(on, from, to, handler));
  }

  /** Sends what was written before the connect in the SYN (TCP_FASTOPEN_CONNECT). */
  void writeIntoSyn(ChannelOutboundBuffer written) throws IOException {
    if (connection != null) {
      written.addFlush();
      writer.write(written); // the rest goes after the handshake
    }
  }

  @Override
  public void opened(FarConnection connection) {
    channel.knowLocal(connection.local());
  }

  @Override
  public void connected(TcpConnection connection) {
    channel.connected(connection.remote());
  }

  @Override
  public void refused(Throwable cause) {
    connection = null;
    channel.connectRefused(cause);
  }

  // ---- Registration ----

  @Override
  public void arrive(EventLoop loop, Runnable then) {
    then.run(); // SocketHome has seen to the connection
  }

  @Override
  public void registered() {
    reader.registered();
    if (channel.isSettled()) {
      channel.eventLoop().execute(channel::flushNow); // in case it became writable meanwhile
    }
    if (broken != null) {
      channel.eventLoop().execute(this::tellOfBreak); // it broke meanwhile
    }
  }

  @Override
  public void deregistered() {
    reader.clear();
  }

  /**
   * Makes the connection one that is to be reached through a ring. On its core's thread.
   *
   * @return the connection as it is seen from there, on no loop yet; null if there is none any more
   */
  FarConnection leaveCore(StackCore core) {
    TcpConnection near = connection;
    if (near == null) {
      return null;
    }
    FarConnection far = new FarConnection(f -> new CoreEnd(core, f, channel.config()), this);
    if (broken == null) {
      far.know(FarState.of(near));
      far.end().adopt(near, null);
    } else {
      far.end().adopt(near, broken.error());
      broken = null; // it will be told again
    }
    writeBlocked = false; // the next write will tell
    writer.leftCore();
    connection = far;
    return far;
  }

  @Override
  public void change(Consumer<TcpConnection> change) {
    FarConnection far = channel.home().far();
    if (far != null) {
      far.change(change);
    } else if (connection != null) {
      change.accept(connection);
    }
  }

  // ---- Reading and writing ----

  @Override
  public void beginRead() {
    reader.beginRead();
  }

  @Override
  public void clearRead() {
    reader.clear();
  }

  @Override
  public void clearReadUnlessWanted() {
    reader.clearUnlessWanted();
  }

  @Override
  public void readable(TcpConnection connection) {
    if (channel.isRegistered()) {
      reader.readable();
    }
  }

  /** Waits for {@link #writable}, or for room made in this turn. */
  @Override
  public boolean takesMore() {
    return !writeBlocked || connection != null && broken == null && connection.takesMore();
  }

  @Override
  public void write(ChannelOutboundBuffer in) throws IOException {
    if (broken != null) {
      throw broken.takeForWrite();
    }
    writeBlocked = false; // the write will tell
    switch (writer.write(in)) {
      case DONE -> {}
      case BLOCKED -> writeBlocked = true;
      case TRY_LATER -> channel.eventLoop().execute(channel::flushNow);
    }
  }

  @Override
  public void writable(TcpConnection connection) {
    writeBlocked = false;
    if (channel.isRegistered()) {
      channel.flushNow();
    }
  }

  @Override
  public void released(TcpConnection connection, Object buffer) {
    writer.released(buffer);
    ReferenceCountUtil.safeRelease(buffer);
  }

  // ---- Half-closure ----

  private TcpConnection connectedOrThrow() throws ClosedChannelException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    if (!channel.isActive() || connection == null) {
      throw new NotYetConnectedException();
    }
    return connection;
  }

  @Override
  public void shutdownOutput() throws IOException {
    TcpConnection last = connectedOrThrow();
    channel.markOutputShutdown();
    writer.shutdownOutput(last);
  }

  @Override
  public void shutdownInput(ChannelPromise promise) {
    try {
      TcpConnection last = connectedOrThrow();
      channel.markInputShutdown();
      last.shutdownInput();
    } catch (ClosedChannelException | NotYetConnectedException e) {
      promise.setFailure(e);
      return;
    }
    promise.setSuccess();
    reader.inputShutdown();
  }

  // ---- The end ----

  @Override
  public void closed(TcpConnection ended, TcpError error) {
    if (ended != connection) {
      // Closed by a handler earlier in this same event; a linger needn't wait any longer.
      channel.endLinger();
      return;
    }
    if (channel.isConnecting()) {
      connection = null;
      channel.connectFailed(error);
      return;
    }
    ended.keepUnread();
    broken = new BrokenConnection(channel, reader, error);
    writeBlocked = true; // what was received comes first
    tellOfBreak();
  }

  /** Tells the user that the connection is broken, if the channel is registered. */
  private void tellOfBreak() {
    if (connection != null && channel.isRegistered()) {
      broken.tell();
    }
  }

  /** Lets the pending writes fail with the error. */
  void flushBroken() {
    writeBlocked = false;
    channel.flushNow();
  }

  /** Releases the connection though the channel stays open; nothing is left to read. */
  void dropConnection() {
    TcpConnection ended = connection;
    connection = null;
    ended.close();
  }

  @Override
  public Linger linger(int seconds) {
    TcpConnection lingering = connection;
    if (lingering == null || broken != null || writer.isTorn()) {
      return null;
    }
    connection = null;
    reader.close();
    return new Linger(lingering, channel.eventLoop(), seconds);
  }

  @Override
  public void close() {
    reader.close();
    writer.close();
    TcpConnection last = connection;
    connection = null;
    if (last == null) {
      return;
    }
    if (broken != null) {
      last.close(); // discards what is unread
      return;
    }
    last.handler(DetachedHandler.INSTANCE);
    if (channel.config().getSoLinger() == 0 || writer.isTorn()) {
      last.abort();
    } else {
      last.close();
    }
  }
}
