package org.mosstack.netty;

import static io.netty.channel.socket.nio.NioChannelOption.of;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPCOUNT;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPIDLE;
import static jdk.net.ExtendedSocketOptions.TCP_KEEPINTERVAL;
import static jdk.net.ExtendedSocketOptions.TCP_QUICKACK;

import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;

/**
 * The kernel's side of a channel whose connection is there: a channel of NIO's on the same loop,
 * whose only handler passes on what happens. A write is done when the kernel has taken it. On the
 * loop, unless stated otherwise.
 */
final class KernelRelay extends ChannelInboundHandlerAdapter {
  /** What a kernel's buffers are called that grow by themselves. */
  private static final Integer AUTOMATIC = 0;

  private final MosSocketChannel channel;
  private final NioSocketChannel kernel = new NioSocketChannel();

  /** Messages that the kernel's channel has, and hasn't written yet. */
  private int given;

  private boolean closed;

  /** Completes when the kernel's channel has left its last loop. */
  private ChannelFuture left;

  /** Registers a socket with the channel's loop. */
  KernelRelay(MosSocketChannel channel) {
    this.channel = channel;
    kernel.config().setAutoRead(false); // the channel's own reads decide
    kernel.pipeline().addLast(this);
    channel.eventLoop().register(kernel);
  }

  // ---- What the channel wants ----

  ChannelFuture connect(InetSocketAddress remote, InetSocketAddress local) {
    applyOptions();
    return local == null ? kernel.connect(remote) : kernel.connect(remote, local);
  }

  InetSocketAddress localAddress() {
    return kernel.localAddress();
  }

  /** The value that an option has for the kernel. */
  <T> T option(ChannelOption<T> option) {
    return kernel.config().getOption(option);
  }

  /** Passes the channel's options on: all that a socket of the JDK's has. */
  void applyOptions() {
    MosSocketChannelConfig from = channel.config();
    ChannelConfig to = kernel.config();
    for (Map.Entry<ChannelOption<?>, Object> option : from.getOptions().entrySet()) {
      copy(option.getKey(), option.getValue(), to);
    }
    to.setOption(of(TCP_KEEPIDLE), from.getTcpKeepIdle());
    to.setOption(of(TCP_KEEPINTERVAL), from.getTcpKeepIntvl());
    to.setOption(of(TCP_KEEPCOUNT), from.getTcpKeepCnt());
    to.setOption(of(TCP_QUICKACK), from.isTcpQuickAck());
  }

  @SuppressWarnings("unchecked") // an option's value is of its type
  private static <T> void copy(ChannelOption<T> option, Object value, ChannelConfig to) {
    boolean buffer = option == ChannelOption.SO_RCVBUF || option == ChannelOption.SO_SNDBUF;
    boolean isOurs = option == ChannelOption.AUTO_READ || buffer && AUTOMATIC.equals(value);
    if (!isOurs && to.getOptions().containsKey(option)) {
      to.setOption(option, (T) value);
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

  void shutdownOutput(ChannelPromise promise) {
    kernel.shutdownOutput(promise(promise));
  }

  void shutdownInput(ChannelPromise promise) {
    kernel.shutdownInput(promise(promise));
  }

  private ChannelPromise promise(ChannelPromise of) {
    ChannelPromise promise = kernel.newPromise();
    promise.addListener(
        done -> {
          if (done.isSuccess()) {
            of.trySuccess();
          } else {
            of.tryFailure(done.cause());
          }
        });
    return promise;
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
