package org.mosstack.netty;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/** The transports that must behave alike: this one, and the one that users migrate from. */
enum Kind {
  MOS(MosServerSocketChannel.class, MosSocketChannel.class),
  EPOLL(EpollServerSocketChannel.class, EpollSocketChannel.class);

  private final Class<? extends ServerChannel> server;
  private final Class<? extends Channel> client;

  Kind(Class<? extends ServerChannel> server, Class<? extends Channel> client) {
    this.server = server;
    this.client = client;
  }

  /** Opens a loop for a server and a client; skips the test if the transport isn't available. */
  Host open() {
    if (this == MOS) {
      Net net = Net.loopback(1);
      return new Host(this, net.serverGroup, net::close);
    }
    assumeTrue(Epoll.isAvailable(), "epoll's native library isn't there");
    var group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    return new Host(
        this,
        group,
        () -> Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "epoll group's end"));
  }

  /** What both kinds need for a test. */
  record Host(Kind kind, EventLoopGroup group, Runnable end) implements AutoCloseable {
    ServerBootstrap server() {
      return new ServerBootstrap().group(group).channel(kind.server);
    }

    Bootstrap client() {
      return new Bootstrap().group(group).channel(kind.client);
    }

    InetSocketAddress address() {
      return new InetSocketAddress("127.0.0.1", 0);
    }

    @Override
    public void close() {
      end.run();
    }
  }
}
