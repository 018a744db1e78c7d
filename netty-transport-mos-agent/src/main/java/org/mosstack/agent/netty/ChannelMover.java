package org.mosstack.agent.netty;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.bootstrap.AbstractBootstrapConfig;
import io.netty.bootstrap.ServerBootstrapConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.Set;
import java.util.function.BiFunction;
import org.mosstack.MosStack;
import org.mosstack.agent.Decisions;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/**
 * Makes channels that choose between the stack and the kernel of those that were made for an
 * application: of exactly the TCP channels of Netty's own transports. What else there is stays as
 * it is. Any thread.
 */
public final class ChannelMover implements BiFunction<Object, Object, Object> {
  private static final Set<String> SOCKETS =
      Set.of(
          "io.netty.channel.socket.nio.NioSocketChannel",
          "io.netty.channel.epoll.EpollSocketChannel",
          "io.netty.channel.uring.IoUringSocketChannel");

  private static final Set<String> SERVER_SOCKETS =
      Set.of(
          "io.netty.channel.socket.nio.NioServerSocketChannel",
          "io.netty.channel.epoll.EpollServerSocketChannel",
          "io.netty.channel.uring.IoUringServerSocketChannel");

  private final Decisions decisions;

  /**
   * A mover.
   *
   * @param decisions what moves
   */
  public ChannelMover(Decisions decisions) {
    this.decisions = decisions;
  }

  /**
   * The channel that takes the place of a new one.
   *
   * @param channel the channel, not registered
   * @param maker the bootstrap that made it, whose handlers it then gets, or something else
   * @return one that chooses, or {@code channel} itself
   */
  @Override
  public Object apply(Object channel, Object maker) {
    AbstractBootstrapConfig<?, ?> config =
        maker instanceof AbstractBootstrap<?, ?> bootstrap ? bootstrap.config() : null;
    String name = channel.getClass().getName();
    if (isUsed(channel)) {
      decisions.leave(name, "as it is connected or bound already");
      return channel;
    }
    if (SOCKETS.contains(name) && channel instanceof SocketChannel socket) {
      return takes(handler(config), MosSocketChannel.class, name) ? moved(socket, name) : channel;
    }
    if (SERVER_SOCKETS.contains(name) && channel instanceof ServerSocketChannel server) {
      return takes(handler(config), MosServerSocketChannel.class, name)
              && takes(childHandler(config), MosSocketChannel.class, name)
          ? moved(server, name)
          : channel;
    }
    if (!(channel instanceof MosSocketChannel || channel instanceof MosServerSocketChannel)) {
      decisions.leave(name, "a kind of channel that doesn't move");
    }
    return channel;
  }

  /** Whether a channel was made of an open socket: it never asks where it is to be. */
  private static boolean isUsed(Object channel) {
    return channel instanceof Channel used && (used.isActive() || used.localAddress() != null);
  }

  private static ChannelHandler handler(AbstractBootstrapConfig<?, ?> config) {
    return config == null ? null : config.handler();
  }

  private static ChannelHandler childHandler(AbstractBootstrapConfig<?, ?> config) {
    return config instanceof ServerBootstrapConfig server ? server.childHandler() : null;
  }

  /** Whether a handler, or null, takes a kind of channel; if it doesn't, that is logged. */
  private boolean takes(ChannelHandler handler, Class<? extends Channel> kind, String name) {
    Class<?> wanted = handler == null ? Channel.class : InitializedType.of(handler.getClass());
    if (wanted.isAssignableFrom(kind)) {
      return true;
    }
    decisions.leave(
        name, "as " + handler.getClass().getName() + " wants it to be a " + wanted.getName());
    return false;
  }

  private Channel moved(SocketChannel kernel, String name) {
    MosStack stack = decisions.stack();
    if (stack == null) {
      return kernel;
    }
    if (decisions.isDryRun()) {
      kernel.pipeline().addFirst(new DryRun(decisions, stack));
      return kernel;
    }
    return new MosSocketChannel(stack, kernel, decisions.connects(name, stack));
  }

  private Channel moved(ServerSocketChannel kernel, String name) {
    MosStack stack = decisions.stack();
    if (stack == null) {
      return kernel;
    }
    if (decisions.isDryRun()) {
      kernel.pipeline().addFirst(new DryRun(decisions, stack));
      return kernel;
    }
    return new MosServerSocketChannel(stack, kernel, decisions.binds(name, stack));
  }
}
