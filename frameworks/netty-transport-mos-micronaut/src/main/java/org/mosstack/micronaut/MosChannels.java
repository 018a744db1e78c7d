package org.mosstack.micronaut;

import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.Primary;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.netty.channel.DefaultEventLoopGroupFactory;
import io.micronaut.http.netty.channel.EventLoopGroupConfiguration;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyChannelType;
import io.micronaut.http.netty.configuration.NettyGlobalConfiguration;
import io.netty.channel.Channel;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.socket.nio.NioDatagramChannel;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.mosstack.netty.MosIoHandler;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/**
 * The channels of {@link MosEventLoopGroups}: the stack's for TCP, NIO's for UDP. Those of groups
 * that are Micronaut's own are Micronaut's own. Any thread.
 */
@Singleton
@Primary
@BootstrapContextCompatible
@Requires(property = SharedGroup.ENABLED, value = "true")
@Replaces(DefaultEventLoopGroupFactory.class)
class MosChannels extends DefaultEventLoopGroupFactory {
  private final SharedGroup shared;

  @Inject
  MosChannels(
      SharedGroup shared,
      Map<String, EventLoopGroupFactory> transports,
      @Nullable NettyGlobalConfiguration configuration) {
    super(transports, configuration);
    this.shared = shared;
  }

  private boolean isOurs(@Nullable EventLoopGroupConfiguration configuration) {
    return shared.of(configuration).isPresent();
  }

  /** For what makes loops of its own instead of asking for a group: they claim cores. */
  @Override
  public IoHandlerFactory createIoHandlerFactory(EventLoopGroupConfiguration configuration) {
    return isOurs(configuration)
        ? MosIoHandler.newFactory()
        : super.createIoHandlerFactory(configuration);
  }

  @Override
  public Class<? extends Channel> channelClass(NettyChannelType type) {
    return channelClass(type, null);
  }

  @Override
  public Class<? extends Channel> channelClass(
      NettyChannelType type, @Nullable EventLoopGroupConfiguration configuration) {
    if (!isOurs(configuration)) {
      return super.channelClass(type, configuration);
    }
    return switch (type) {
      case SERVER_SOCKET -> MosServerSocketChannel.class;
      case CLIENT_SOCKET -> MosSocketChannel.class;
      case DATAGRAM_SOCKET -> NioDatagramChannel.class;
      case DOMAIN_SERVER_SOCKET, DOMAIN_SOCKET -> throw noDomainSockets();
    };
  }

  @Override
  public Channel channelInstance(
      NettyChannelType type, @Nullable EventLoopGroupConfiguration configuration) {
    if (!isOurs(configuration)) {
      return super.channelInstance(type, configuration);
    }
    return switch (type) {
      case SERVER_SOCKET -> new MosServerSocketChannel();
      case CLIENT_SOCKET -> new MosSocketChannel();
      case DATAGRAM_SOCKET -> new NioDatagramChannel();
      case DOMAIN_SERVER_SOCKET, DOMAIN_SOCKET -> throw noDomainSockets();
    };
  }

  /**
   * Refuses to make a channel of a socket that is open already, a kernel's.
   *
   * @throws UnsupportedOperationException for a group on the stack
   */
  @Override
  public Channel channelInstance(
      NettyChannelType type,
      @Nullable EventLoopGroupConfiguration configuration,
      @Nullable Channel parent,
      int fd) {
    if (!isOurs(configuration)) {
      return super.channelInstance(type, configuration, parent, fd);
    }
    throw new UnsupportedOperationException(
        "File descriptor " + fd + " is the kernel's: the mos transport makes no channel of it");
  }

  private static UnsupportedOperationException noDomainSockets() {
    return new UnsupportedOperationException("The mos transport has no domain sockets");
  }
}
