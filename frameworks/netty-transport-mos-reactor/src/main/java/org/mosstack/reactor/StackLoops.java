package org.mosstack.reactor;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoSink;
import reactor.netty.resources.LoopResources;

/**
 * Runs Reactor Netty's servers and clients over a {@link MosStack}: {@code
 * HttpServer.create().runOn(new MosLoopResources(stack))}.
 *
 * <p>There is a loop for each of the stack's cores. Servers and clients share them: a client that
 * is used in a server's handler connects from the handler's own loop. TCP goes through the stack;
 * UDP, and with it DNS, stays with the kernel, by NIO, on the same loops.
 *
 * <p>A stack of the program's own belongs to this object from its construction on and ends with it:
 * {@link #disposeLater} closes connections in an orderly way, then the loops and the stack. It is
 * safe for use by any thread.
 */
public final class MosLoopResources implements LoopResources {
  private static final String DEFAULT_PREFIX = "reactor";

  private final MosEventLoopGroup group;
  private final EventLoopGroup colocated;

  /**
   * Uses the loops of the stack that the process shares ({@link MosStack#shared}), which any number
   * of these and of event loop groups have in common. Reactor doesn't know their threads as ones
   * that mustn't block.
   *
   * @throws org.mosstack.config.ConfigException if that stack can't be started
   */
  public MosLoopResources() {
    this(new MosEventLoopGroup());
  }

  private MosLoopResources(MosEventLoopGroup group) {
    this.group = group;
    colocated = LoopResources.colocate(group);
  }

  /**
   * Creates loops with {@link IdleStrategy#ADAPTIVE} on threads whose names begin with "reactor".
   *
   * @param stack started, and not yet given to a group
   * @throws IllegalStateException the stack has a group already, or a thread couldn't be pinned
   */
  public MosLoopResources(MosStack stack) {
    this(stack, DEFAULT_PREFIX, IdleStrategy.ADAPTIVE);
  }

  /**
   * Creates loops.
   *
   * @param stack started, and not yet given to a group
   * @param prefix of the threads' names
   * @param idleStrategy what loops do while there is nothing to do
   * @throws IllegalStateException the stack has a group already, or a thread couldn't be pinned
   */
  public MosLoopResources(MosStack stack, String prefix, IdleStrategy idleStrategy) {
    this(new MosEventLoopGroup(stack, LoopThread.factory(prefix), idleStrategy));
  }

  /** Returns true: the loops' threads are daemons. */
  @Override
  public boolean daemon() {
    return true;
  }

  /**
   * Returns the loops.
   *
   * @param useNative without effect: there is one kind of loop
   */
  @Override
  public EventLoopGroup onServer(boolean useNative) {
    return group;
  }

  /**
   * Returns the loops; a caller that runs on one of them gets that one.
   *
   * @param useNative without effect: there is one kind of loop
   */
  @Override
  public EventLoopGroup onClient(boolean useNative) {
    return colocated;
  }

  /**
   * Creates a channel: of the stack for TCP, of NIO for UDP.
   *
   * @throws IllegalArgumentException for any other type
   */
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

  /**
   * Returns the class of the channels that {@link #onChannel} creates.
   *
   * @throws IllegalArgumentException for any type other than TCP's and UDP's
   */
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

  /**
   * Shuts down the loops and the stack, once subscribed to.
   *
   * @param quietPeriod how long there must have been no tasks before the loops end
   * @param timeout how long to wait for that; and how long TCP has for an orderly close of
   *     connections, 2 seconds if it is 0
   */
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

  /** Returns whether the loops have begun to shut down. */
  @Override
  public boolean isDisposed() {
    return group.isShuttingDown();
  }
}
