package org.mosstack.netty;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownEvent;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.Consumer;
import org.mosstack.socket.TcpConnection;

/**
 * The kernel's side of a channel whose connection is there: a channel of another transport's on the
 * same loop, whose only handler passes on what happens. A write is done when the kernel has taken
 * it. On the loop, unless stated otherwise.
 */
final class KernelSide extends ChannelInboundHandlerAdapter implements SocketSide {
  private final MosSocketChannel channel;
  private final SocketChannel kernel;
  private final KernelOptions options;

  /** Messages that the kernel's channel has, and hasn't written yet. */
  private int given;

  private boolean closed;

  /** Completes when the kernel's channel has left its last loop. */
  private ChannelFuture left;

  /**
   * Registers a socket with the channel's loop.
   *
   * @param kernel a channel of a transport that the loop serves
   * @throws IOException if it doesn't; the socket is closed
   */
  KernelSide(MosSocketChannel channel, SocketChannel kernel) throws IOException {
    this.channel = channel;
    this.kernel = kernel;
    options = new KernelOptions(channel.config(), kernel.config());
    KernelSocket.register(kernel, channel.eventLoop(), this);
  }

  // ---- What the channel wants ----

  /**
   * Connects.
   *
   * @param from the address that was bound, or null
   */
  void connect(InetSocketAddress from, InetSocketAddress to) {
    options.passOn();
    ChannelFuture connecting = from == null ? kernel.connect(to) : kernel.connect(to, from);
    connecting.addListener(done -> connected(done, to));
  }

  private void connected(Future<?> done, InetSocketAddress to) {
    if (!channel.isConnecting()) {
      return; // cancelled or closed meanwhile
    }
    if (done.isSuccess()) {
      channel.knowLocal(kernel.localAddress());
      channel.connected(to);
    } else {
      channel.connectFailed(done.cause());
    }
  }

  /** The value that an option has for the kernel. */
  <T> T option(ChannelOption<T> option) {
    return kernel.config().getOption(option);
  }

  @Override
  public void registered() {
    // The options have been passed on; all else goes on by itself.
  }

  @Override
  public void change(Consumer<TcpConnection> change) {
    options.passOn();
  }

  @Override
  public void beginRead() {
    kernel.read();
  }

  @Override
  public void clearRead() {
    KernelSocket.clearRead(kernel);
  }

  @Override
  public void clearReadUnlessWanted() {
    if (!channel.config().isAutoRead()) {
      clearRead();
    }
  }

  @Override
  public boolean takesMore() {
    return true;
  }

  /** Passes on what is flushed, as far as the kernel keeps up; it is removed when written. */
  @Override
  public void write(ChannelOutboundBuffer in) throws Exception {
    while (giveSome(in)) { // who hears that a write is done may write the next one
      kernel.flush();
    }
  }

  private boolean giveSome(ChannelOutboundBuffer in) throws Exception {
    Queue<Object> next = new ArrayDeque<>();
    int[] skip = {given};
    in.forEachFlushedMessage(
        message -> {
          if (skip[0]-- <= 0) {
            next.add(message);
          }
          return true;
        });
    boolean some = false;
    while (!next.isEmpty() && kernel.isWritable()) {
      some = true;
      given++;
      kernel.write(ReferenceCountUtil.retain(next.remove())).addListener(this::written);
    }
    return some;
  }

  private void written(Future<?> done) {
    given--;
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    if (out == null) {
      return; // closed, which has failed the write
    }
    if (done.isSuccess()) {
      out.remove();
    } else {
      out.remove(done.cause());
    }
  }

  /** Writes that the kernel hasn't taken fail, as do later ones. */
  @Override
  public void shutdownOutput() throws IOException {
    channel.markOutputShutdown();
    Throwable failure = kernel.shutdownOutput().cause();
    if (failure != null) {
      throw failure instanceof IOException cause ? cause : new IOException(failure);
    }
  }

  @Override
  public void shutdownInput(ChannelPromise promise) {
    channel.markInputShutdown();
    PromiseNotifier.cascade(kernel.shutdownInput(), promise);
  }

  /** Null: the kernel's socket has the option, and waits itself. */
  @Override
  public Linger linger(int seconds) {
    return null;
  }

  @Override
  public void close() {
    closed = true;
    kernel.close();
  }

  @Override
  public void deregistered() {
    if (!closed) {
      left = kernel.deregister();
    }
  }

  @Override
  public void arrive(EventLoop loop, Runnable then) {
    left.addListener(_ -> loop.register(kernel).addListener(_ -> then.run()));
  }

  // ---- What the kernel's channel tells ----

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    channel.pipeline().fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    channel.pipeline().fireChannelReadComplete();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelOutputShutdownEvent.INSTANCE) {
      return; // the channel tells that itself
    }
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      channel.markInputShutdown();
    }
    channel.pipeline().fireUserEventTriggered(event);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (kernel.isWritable()) {
      channel.flushNow();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    channel.pipeline().fireExceptionCaught(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    channel.unsafe().close(channel.unsafe().voidPromise());
  }
}
