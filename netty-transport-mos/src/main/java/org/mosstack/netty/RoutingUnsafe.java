package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import java.net.SocketAddress;

/**
 * The unsafe of a channel that has a connection but isn't registered. Whichever loop an accepted
 * channel is first given to, it goes to the loop that owns the connection, as frameworks that wrap
 * event loop groups need. Later it can't be moved.
 */
final class RoutingUnsafe implements Channel.Unsafe {
  private final Channel.Unsafe unsafe;
  private final MosSocketChannel channel;

  RoutingUnsafe(Channel.Unsafe unsafe, MosSocketChannel channel) {
    this.unsafe = unsafe;
    this.channel = channel;
  }

  @Override
  public void register(EventLoop eventLoop, ChannelPromise promise) {
    MosEventLoop owner = channel.owner();
    if (channel.isSettled() && eventLoop != owner) {
      promise.setFailure(
          new IllegalStateException(
              channel
                  + " belongs to core "
                  + owner.core().index()
                  + ", where its packets arrive: it can be registered with that core's loop only"));
      return;
    }
    unsafe.register(owner, promise);
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
