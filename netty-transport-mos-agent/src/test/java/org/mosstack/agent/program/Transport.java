package org.mosstack.agent.program;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** What an application chooses of Netty's. */
enum Transport {
  nio {
    @Override
    EventLoopGroup group() {
      return new MultiThreadIoEventLoopGroup(LOOPS, NioIoHandler.newFactory());
    }

    @Override
    Class<? extends SocketChannel> client() {
      return NioSocketChannel.class;
    }

    @Override
    Class<? extends ServerSocketChannel> server() {
      return NioServerSocketChannel.class;
    }
  },
  /** As Netty 4.1 has it, too. */
  old {
    @Override
    @SuppressWarnings("deprecation") // in 4.2
    EventLoopGroup group() {
      return new NioEventLoopGroup(LOOPS);
    }

    @Override
    Class<? extends SocketChannel> client() {
      return NioSocketChannel.class;
    }

    @Override
    Class<? extends ServerSocketChannel> server() {
      return NioServerSocketChannel.class;
    }
  },
  epoll {
    @Override
    EventLoopGroup group() {
      return new MultiThreadIoEventLoopGroup(LOOPS, EpollIoHandler.newFactory());
    }

    @Override
    Class<? extends SocketChannel> client() {
      return EpollSocketChannel.class;
    }

    @Override
    Class<? extends ServerSocketChannel> server() {
      return EpollServerSocketChannel.class;
    }
  };

  private static final int LOOPS = 2;

  abstract EventLoopGroup group();

  abstract Class<? extends SocketChannel> client();

  abstract Class<? extends ServerSocketChannel> server();
}
