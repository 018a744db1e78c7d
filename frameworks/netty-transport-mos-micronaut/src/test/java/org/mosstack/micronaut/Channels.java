package org.mosstack.micronaut;

import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.client.netty.NettyClientCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import jakarta.inject.Singleton;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Notes the kinds of the channels that Micronaut makes. */
@Singleton
final class Channels {
  final Set<Class<? extends Channel>> ofServer = ConcurrentHashMap.newKeySet();
  final Set<Class<? extends Channel>> ofClient = ConcurrentHashMap.newKeySet();

  /** Leaves out HTTP/2's streams. */
  private static void note(Channel channel, Set<Class<? extends Channel>> kinds) {
    if (channel instanceof SocketChannel || channel instanceof ServerSocketChannel) {
      kinds.add(channel.getClass());
    }
  }

  /** Sees the server's. */
  @Singleton
  static final class Server implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
    private final Channels channels;

    Server(Channels channels) {
      this.channels = channels;
    }

    @Override
    public NettyServerCustomizer.Registry onCreated(
        BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
      event
          .getBean()
          .register(
              new NettyServerCustomizer() {
                @Override
                public NettyServerCustomizer specializeForChannel(
                    Channel channel, ChannelRole role) {
                  note(channel, channels.ofServer);
                  return this;
                }
              });
      return event.getBean();
    }
  }

  /** Sees the client's. */
  @Singleton
  static final class Client implements BeanCreatedEventListener<NettyClientCustomizer.Registry> {
    private final Channels channels;

    Client(Channels channels) {
      this.channels = channels;
    }

    @Override
    public NettyClientCustomizer.Registry onCreated(
        BeanCreatedEvent<NettyClientCustomizer.Registry> event) {
      event
          .getBean()
          .register(
              new NettyClientCustomizer() {
                @Override
                public NettyClientCustomizer specializeForChannel(
                    Channel channel, ChannelRole role) {
                  note(channel, channels.ofClient);
                  return this;
                }
              });
      return event.getBean();
    }
  }
}
