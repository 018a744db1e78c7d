package org.mosstack.netty;

import static io.netty.channel.socket.nio.NioChannelOption.of;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL;
import static jdk.net.ExtendedSocketOptions.TCP_QUICKACK;

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
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.BiFunction;

/**
 * The kernel's side of a channel whose connection is there: a channel of another transport's on the
 * same loop, whose only handler passes on what happens. A write is done when the kernel has taken
 * it. On the loop, unless stated otherwise.
 */
final class KernelRelay extends ChannelInboundHandlerAdapter {
  /** What a kernel's buffers are called that grow by themselves. */
  private static final Integer AUTOMATIC = 0;

  /** What a channel's options are that nobody has set: the kernel has its own defaults. */
  private static final Map<ChannelOption<?>, Object> DEFAULTS = defaults();

  /** The JDK's options, which NIO's channels have, for those of epoll's. */
  private static final Map<ChannelOption<?>, ChannelOption<?>> OF_JDK =
      Map.of(
          MosChannelOption.TCP_KEEPIDLE, of(TCP_KEEPIDLE),
          MosChannelOption.TCP_KEEPINTVL, of(TCP_KEEPINTERVAL),
          MosChannelOption.TCP_KEEPCNT, of(TCP_KEEPCOUNT),
          MosChannelOption.TCP_QUICKACK, of(TCP_QUICKACK));

  private final MosSocketChannel channel;
  private final SocketChannel kernel;

  /** Messages that the kernel's channel has, and hasn't written yet. */
  private int given;

  private boolean closed;

  /** Completes when the kernel's channel has left its last loop. */
  private ChannelFuture left;

  @SuppressWarnings("deprecation") // MAX_MESSAGES_PER_READ: a property of the receive allocator
  private static Map<ChannelOption<?>, Object> defaults() {
    Map<ChannelOption<?>, Object> options = new MosSocketChannel().config().getOptions();
    options.remove(ChannelOption.MAX_MESSAGES_PER_READ); // not every allocator has it
    return options;
  }

  /**
   * Registers a socket with the channel's loop.
   *
   * @param kernel a channel of a transport that the loop serves
   */
  KernelRelay(MosSocketChannel channel, SocketChannel kernel) {
    this.channel = channel;
    this.kernel = kernel;
    kernel.config().setAutoRead(false); // the channel's own reads decide
    kernel.pipeline().addLast(this);
    channel.eventLoop().register(kernel);
  }

  // ---- What the channel wants ----

  ChannelFuture connect(InetSocketAddress remote, InetSocketAddress local) {
    copyOptions((option, _) -> DEFAULTS.get(option));
    return local == null ? kernel.connect(remote) : kernel.connect(remote, local);
  }

  InetSocketAddress localAddress() {
    return kernel.localAddress();
  }

  /** The value that an option has for the kernel. */
  <T> T option(ChannelOption<T> option) {
    return kernel.config().getOption(option);
  }

  /** Passes on the options that differ, of those that the socket has. */
  void applyOptions() {
    copyOptions((_, target) -> kernel.config().getOption(target));
  }

  /**
   * Passes on options.
   *
   * @param present the value with which an option needn't be passed on, from the channel's option
   *     and the socket's
   */
  private void copyOptions(BiFunction<ChannelOption<?>, ChannelOption<?>, Object> present) {
    for (ChannelOption<?> option : DEFAULTS.keySet()) {
      Object value = channel.config().getOption(option);
      ChannelOption<?> target = has(option) ? option : OF_JDK.get(option);
      if (target != null && has(target) && !Objects.equals(value, present.apply(option, target))) {
        set(target, value);
      }
    }
  }

  private boolean has(ChannelOption<?> option) {
    return kernel.config().getOption(option) != null;
  }

  @SuppressWarnings("unchecked") // an option's value is of its type
  private <T> void set(ChannelOption<T> option, Object value) {
    boolean isBuffer = option == ChannelOption.SO_RCVBUF || option == ChannelOption.SO_SNDBUF;
    boolean isOurs = option == ChannelOption.AUTO_READ || isBuffer && AUTOMATIC.equals(value);
    if (!isOurs) {
      kernel.config().setOption(option, (T) value);
    }
  }

  void read() {
    kernel.read();
  }

  /** Takes back a read that hasn't been answered. */
  void clearRead() {
    kernel.config().setAutoRead(true); // only switching it off takes back a read
    kernel.config().setAutoRead(false);
  }

  /** Passes on what is flushed, as far as the kernel keeps up; it is removed when written. */
  void write(ChannelOutboundBuffer in) throws Exception {
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

  /** Sends a FIN. Writes that the kernel hasn't taken fail, as do later ones. */
  void shutdownOutput() throws IOException {
    Throwable failure = kernel.shutdownOutput().cause();
    if (failure != null) {
      throw failure instanceof IOException cause ? cause : new IOException(failure);
    }
  }

  void shutdownInput(ChannelPromise promise) {
    PromiseNotifier.cascade(kernel.shutdownInput(), promise);
  }

  void close() {
    closed = true;
    kernel.close();
  }

  /** The channel leaves its loop. */
  void leave() {
    if (!closed) {
      left = kernel.deregister();
    }
  }

  /**
   * The channel comes to another loop, which may be used when the kernel's is there.
   *
   * @param then run there
   */
  void moveTo(EventLoop loop, Runnable then) {
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
      channel.flushKernel();
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
