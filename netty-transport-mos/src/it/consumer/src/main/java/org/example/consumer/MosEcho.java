package org.example.consumer;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/** The application after migration: the same over the shared stack. */
final class MosEcho {
  private MosEcho() {}

  /** Sends bytes and returns how many came back. */
  static long run(int bytes) throws Exception {
    EventLoopGroup group = new MosEventLoopGroup();
    try {
      ServerBootstrap server =
          new ServerBootstrap()
              .group(group)
              .channel(MosServerSocketChannel.class)
              .childHandler(new Pipelines.Echo());
      Channel listening = server.bind("127.0.0.1", 0).sync().channel();
      Pipelines.Client handler = new Pipelines.Client(bytes);
      Bootstrap client =
          new Bootstrap().group(group).channel(MosSocketChannel.class).handler(handler);
      client.connect(listening.localAddress()).sync();
      return handler.received().get(30, TimeUnit.SECONDS);
    } finally {
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
    }
  }
}
