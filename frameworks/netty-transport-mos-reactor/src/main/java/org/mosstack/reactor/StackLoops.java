package org.mosstack.reactor;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.resources.LoopResources;

/** The loops of a stack, for {@link MosLoopResources}. They end with this object. Any thread. */
final class StackLoops implements LoopResources {
  private final MosEventLoopGroup group;
  private final EventLoopGroup colocated;

  /**
   * Takes over a group.
   *
   * @param group running, without keeping the process running
   */
  StackLoops(MosEventLoopGroup group) {
    this.group = group;
    colocated = LoopResources.colocate(group);
  }

  @Override
  public boolean daemon() {
    return true;
  }

  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return group;
  }

  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return colocated;
  }

  @Override
  public <C extends Channel> C onChannel(Class<C> channelType, EventLoopGroup group) {
    if (channelType == SocketChannel.class) {
      return channelType.cast(new MosSocketChannel());
    }
    if (channelType == ServerSocketChannel.class) {
      return channelType.cast(new MosServerSocketChannel());
    }
    if (channelType == DatagramChannel.class) {
      return channelType.cast(new NioDatagramChannel());
    }
    throw unsupported(channelType);
  }

  @Override
  public <C extends Channel> Class<? extends C> onChannelClass(
      Class<C> channelType, EventLoopGroup group) {
    if (channelType == SocketChannel.class) {
      return MosSocketChannel.class.asSubclass(channelType);
    }
    if (channelType == ServerSocketChannel.class) {
      return MosServerSocketChannel.class.asSubclass(channelType);
    }
    if (channelType == DatagramChannel.class) {
      return NioDatagramChannel.class.asSubclass(channelType);
    }
    throw unsupported(channelType);
  }

  private static IllegalArgumentException unsupported(Class<?> channelType) {
    return new IllegalArgumentException(
        "Neither the stack nor NIO beside it has channels of type " + channelType.getName());
  }

  @Override
  public Mono<Void> disposeLater(Duration quietPeriod, Duration timeout) {
    return Mono.create(sink -> dispose(sink, quietPeriod, timeout));
  }

  private void dispose(MonoSink<Void> sink, Duration quietPeriod, Duration timeout) {
    if (!group.isShuttingDown()) {
      colocated.shutdownGracefully(
          quietPeriod.toMillis(), timeout.toMillis(), TimeUnit.MILLISECONDS);
    }
    group
        .terminationFuture()
        .addListener(
            ended -> {
              if (ended.isSuccess()) {
                sink.success();
              } else {
                sink.error(ended.cause());
              }
            });
  }

  @Override
  public boolean isDisposed() {
    return group.isShuttingDown();
  }
}
