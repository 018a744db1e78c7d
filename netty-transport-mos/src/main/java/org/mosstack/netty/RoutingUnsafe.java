package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import java.net.SocketAddress;

/**
 * The unsafe of a socket channel that isn't registered: what has to happen before it can be
 * registered with a loop is up to the channel, see {@link SocketHome#register}.
 */
final class RoutingUnsafe implements Channel.Unsafe {
  private final SocketHome home;
  private final Channel.Unsafe unsafe;

  RoutingUnsafe(SocketHome home, Channel.Unsafe unsafe) {
    this.home = home;
    this.unsafe = unsafe;
  }

  @Override
  public void register(EventLoop eventLoop, ChannelPromise promise) {
    home.register(eventLoop, promise);
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
