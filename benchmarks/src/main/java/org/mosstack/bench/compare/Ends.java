package org.mosstack.bench.compare;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mosstack.netty.MosSocketChannel;

/** A listening server and a client's loop, over one of the transports. */
final class Ends implements AutoCloseable {
  private static final int BACKLOG = 4096;

  private final Transport transport;
  private final List<EventLoopGroup> groups = new ArrayList<>();
  private final EventLoopGroup clientGroup;
  private final ServerProcess process;
  private final SocketAddress address;

  private Ends(Transport transport) throws IOException, InterruptedException {
    this.transport = transport;
    if (transport == Transport.MOS_MEMIF) {
      process = ServerProcess.start();
      clientGroup = Stacks.shared(false, process.socket());
      groups.add(clientGroup);
      address = transport.address();
      return;
    }
    process = null;
    EventLoopGroup serverGroup;
    if (transport == Transport.MOS) {
      EventLoopGroup[] wired = Stacks.wired();
      serverGroup = wired[0];
      clientGroup = wired[1];
    } else {
      serverGroup = transport.group();
      clientGroup = transport.group();
    }
    groups.add(clientGroup);
    groups.add(serverGroup);
    address = listen(transport, serverGroup);
  }

  static Ends open(Transport transport) throws IOException, InterruptedException {
    return new Ends(transport);
  }

  /** Binds the server that all scenarios use. */
  static SocketAddress listen(Transport transport, EventLoopGroup group) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(group)
            .channelFactory(transport.servers())
            .childHandler(initializer(HttpServer::addTo));
    if (transport != Transport.LOCAL) {
      bootstrap.option(ChannelOption.SO_BACKLOG, BACKLOG);
    }
    return bootstrap.bind(transport.address()).syncUninterruptibly().channel().localAddress();
  }

  /** Returns a bootstrap for clients that connect to the server. */
  Bootstrap client(Consumer<Channel> pipeline) {
    return new Bootstrap()
        .group(clientGroup)
        .channelFactory(transport.clients())
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
        if (channel instanceof MosSocketChannel mos) {
          mos.config().setWriteZeroCopyThreshold(0); // bodies never change
        }
        pipeline.accept(channel);
      }
    };
  }

  /** Returns the single-threaded group that all clients run on. */
  EventLoopGroup clientGroup() {
    return clientGroup;
  }

  @Override
  public void close() {
    List<Future<?>> ends = new ArrayList<>();
    for (EventLoopGroup group : groups) {
      ends.add(group.shutdownGracefully(0, 5, TimeUnit.SECONDS));
    }
    ends.forEach(Future::syncUninterruptibly);
    if (process != null) {
      process.close();
    }
  }
}
