package org.mosstack.bench.compare;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.function.Consumer;

/** A listening server and a client's loop, over one of the transports. */
final class Ends implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final Transport transport;
  private final End client;

  /** Null if the server is in another process. */
  private final End server;

  private final ServerProcess process;
  private final SocketAddress address;

  private Ends(Transport transport) throws IOException, InterruptedException {
    this.transport = transport;
    if (transport == Transport.MOS_MEMIF) {
      process = ServerProcess.start();
      server = null;
      client = Stacks.shared(false, process.socket());
      address = transport.address();
      return;
    }
    process = null;
    if (transport.isWired()) {
      End[] wired = Stacks.wired(transport);
      server = wired[0];
      client = wired[1];
    } else {
      server = End.of(transport);
      client = End.of(transport);
    }
    address = listen(transport, server);
  }

  static Ends open(Transport transport) throws IOException, InterruptedException {
    return new Ends(transport);
  }

  /** Binds the server that all scenarios use. */
  static SocketAddress listen(Transport transport, End end) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(end.group())
            .channelFactory(end.servers())
            .childHandler(initializer(HttpServer::addTo));
    if (transport != Transport.LOCAL) {
      bootstrap.option(ChannelOption.SO_BACKLOG, BACKLOG);
    }
    return bootstrap.bind(transport.address()).syncUninterruptibly().channel().localAddress();
  }

  /** Returns a bootstrap for clients that connect to the server. */
  Bootstrap client(Consumer<Channel> pipeline) {
    return new Bootstrap()
        .group(client.group())
        .channelFactory(client.clients())
        .remoteAddress(address)
        .handler(initializer(pipeline));
  }

  private static ChannelHandler initializer(Consumer<Channel> pipeline) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        if (channel instanceof SocketChannel socket) {
          socket.config().setTcpNoDelay(true);
        }
        pipeline.accept(channel);
      }
    };
  }

  /** Returns the single-threaded group that all clients run on. */
  EventLoopGroup clientGroup() {
    return client.group();
  }

  @Override
  public void close() {
    if (process == null) {
      End.close(client, server);
    } else {
      End.close(client);
      process.close();
    }
  }
}
