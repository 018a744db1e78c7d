package org.mosstack.agent.program;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;

/** What an application chooses of Netty's. */
enum Transport {
  nio {
    @Override
    IoHandlerFactory factory() {
      return NioIoHandler.newFactory();
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
    IoHandlerFactory factory() {
      return EpollIoHandler.newFactory();
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

  abstract IoHandlerFactory factory();

  abstract Class<? extends SocketChannel> client();

  abstract Class<? extends ServerSocketChannel> server();
}
