package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.internal.StringUtil;
import java.net.SocketAddress;

/**
 * The unsafe of a channel that isn't registered. It knows which loops the channel can be registered
 * with. One that has a connection goes to the loop that drives the connection's core, whichever it
 * is first given to, as frameworks that wrap event loop groups need; later it can't be moved.
 */
final class RoutingUnsafe implements Channel.Unsafe {
  private final Channel.Unsafe unsafe;
  private final CoreLoop owner;
  private final boolean settled;
  private final Channel channel;

  /**
   * Wraps a channel's own unsafe.
   *
   * @param owner where the channel belongs; null if it may choose
   * @param settled whether it has been registered there before
   */
  RoutingUnsafe(Channel channel, Channel.Unsafe unsafe, CoreLoop owner, boolean settled) {
    this.channel = channel;
    this.unsafe = unsafe;
    this.owner = owner;
    this.settled = settled;
  }

  /** Whether a loop has this transport's handler. */
  static boolean isOurs(EventLoop loop) {
    return loop instanceof IoEventLoop ioLoop && ioLoop.isCompatible(MosIoHandle.class);
  }

  @Override
  public void register(EventLoop eventLoop, ChannelPromise promise) {
    EventLoop target = owner == null ? eventLoop : owner.loop();
    if (!isOurs(target)) {
      promise.setFailure(
          new IllegalStateException(
              StringUtil.simpleClassName(channel)
                  + " can't run on "
                  + StringUtil.simpleClassName(target)
                  + ": give it a loop of a MosEventLoopGroup, or of a"
                  + " MultiThreadIoEventLoopGroup with MosIoHandler.newFactory(stack)"));
    } else if (settled && eventLoop != target) {
      promise.setFailure(
          new IllegalStateException(
              channel
                  + " belongs to core "
                  + owner.core().index()
                  + ", where its packets arrive: it can be registered with that core's loop only"));
    } else {
      unsafe.register(target, promise);
    }
  }

  @Deprecated
  @Override
  public RecvByteBufAllocator.Handle recvBufAllocHandle() {
    return unsafe.recvBufAllocHandle();
  }

  @Override
  public SocketAddress localAddress() {
    return unsafe.localAddress();
  }

  @Override
  public SocketAddress remoteAddress() {
    return unsafe.remoteAddress();
  }

  @Override
  public void bind(SocketAddress localAddress, ChannelPromise promise) {
    unsafe.bind(localAddress, promise);
  }

  @Override
  public void connect(
      SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
    unsafe.connect(remoteAddress, localAddress, promise);
  }

  @Override
  public void disconnect(ChannelPromise promise) {
    unsafe.disconnect(promise);
  }

  @Override
  public void close(ChannelPromise promise) {
    unsafe.close(promise);
  }

  @Override
  public void closeForcibly() {
    unsafe.closeForcibly();
  }

  @Override
  public void deregister(ChannelPromise promise) {
    unsafe.deregister(promise);
  }

  @Override
  public void beginRead() {
    unsafe.beginRead();
  }

  @Override
  public void write(Object msg, ChannelPromise promise) {
    unsafe.write(msg, promise);
  }

  @Override
  public void flush() {
    unsafe.flush();
  }

  @Override
  public ChannelPromise voidPromise() {
    return unsafe.voidPromise();
  }

  @Override
  public ChannelOutboundBuffer outboundBuffer() {
    return unsafe.outboundBuffer();
  }
}
