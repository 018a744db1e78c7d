package org.example.consumer;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.TimeUnit;

/** The application before migration, over NIO: an echo server and its client. */
final class NioEcho {
  private NioEcho() {}

  /** Sends bytes and returns how many came back. */
  static long run(int bytes) throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(NioIoHandler.newFactory());
    try {
      ServerBootstrap server =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(new Pipelines.Echo());
      Channel listening = server.bind("127.0.0.1", 0).sync().channel();
      Pipelines.Client handler = new Pipelines.Client(bytes);
      Bootstrap client =
          new Bootstrap().group(group).channel(NioSocketChannel.class).handler(handler);
      client.connect(listening.localAddress()).sync();
      return handler.received().get(30, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
