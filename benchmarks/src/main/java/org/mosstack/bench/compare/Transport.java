package org.mosstack.bench.compare;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SelectStrategy;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.local.LocalAddress;
import io.netty.channel.local.LocalChannel;
import io.netty.channel.local.LocalIoHandler;
import io.netty.channel.local.LocalServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** The transports compared: everything else is the same, including pipelines, load and machine. */
public enum Transport {
  /** This project, two stacks and a wire in one process; without checksums, by default. */
  MOS,
  /** This project, two processes and DPDK's shared memory. */
  MOS_MEMIF,
  /** As MOS, but with packets as large as on the kernel's loopback. */
  MOS_LARGE_PACKETS,
  /**
   * As MOS, but the server's channels are on a loop of NIO's, its core on a thread of the stack.
   */
  MOS_FAR_SERVER,
  /**
   * As MOS, but the client's channels are on a loop of NIO's, its core on a thread of the stack.
   */
  MOS_FAR_CLIENT,
  /** As MOS, but both ends' are. */
  MOS_SEPARATE,
  /** The kernel via epoll, over its loopback. */
  EPOLL,
  /** The same, with loops that never sleep. */
  EPOLL_BUSY,
  /** The kernel via io_uring, over its loopback. */
  IO_URING,
  /** The kernel via the JDK's selector, over its loopback. */
  NIO,
  /** Netty's local channel within the JVM, without any network: the upper bound. */
  LOCAL;

  private static final int LOOPS = 1;

  /** Whether it is this project, with both ends in this process. */
  boolean isWired() {
    return switch (this) {
      case MOS, MOS_LARGE_PACKETS, MOS_FAR_SERVER, MOS_FAR_CLIENT, MOS_SEPARATE -> true;
      default -> false;
    };
  }

  /** Whether the server's channels are on another thread than the server's core. */
  boolean hasFarServer() {
    return this == MOS_FAR_SERVER || this == MOS_SEPARATE;
  }

  /** Whether the client's channels are on another thread than the client's core. */
  boolean hasFarClient() {
    return this == MOS_FAR_CLIENT || this == MOS_SEPARATE;
  }

  /** Creates the loops of one end of another transport. */
  EventLoopGroup group() {
    IoHandlerFactory factory =
        switch (this) {
          case EPOLL -> EpollIoHandler.newFactory();
          case EPOLL_BUSY ->
              EpollIoHandler.newFactory(
                  0,
                  () -> (select, hasTasks) -> hasTasks ? select.get() : SelectStrategy.BUSY_WAIT);
          case IO_URING -> IoUringIoHandler.newFactory();
          case NIO -> NioIoHandler.newFactory();
          case LOCAL -> LocalIoHandler.newFactory();
          default -> throw new IllegalArgumentException("needs a stack: " + this);
        };
    return new MultiThreadIoEventLoopGroup(LOOPS, factory);
  }

  /** Returns a factory of server channels. */
  ChannelFactory<ServerChannel> servers() {
    return switch (this) {
      case EPOLL, EPOLL_BUSY -> EpollServerSocketChannel::new;
      case IO_URING -> IoUringServerSocketChannel::new;
      case NIO -> NioServerSocketChannel::new;
      case LOCAL -> LocalServerChannel::new;
      default -> throw new IllegalArgumentException("needs a stack: " + this);
    };
  }

  /** Returns a factory of client channels. */
  ChannelFactory<Channel> clients() {
    return switch (this) {
      case EPOLL, EPOLL_BUSY -> EpollSocketChannel::new;
      case IO_URING -> IoUringSocketChannel::new;
      case NIO -> NioSocketChannel::new;
      case LOCAL -> LocalChannel::new;
      default -> throw new IllegalArgumentException("needs a stack: " + this);
    };
  }

  /** Returns the address for the server to listen on. */
  SocketAddress address() {
    return switch (this) {
      case EPOLL, EPOLL_BUSY, IO_URING, NIO -> new InetSocketAddress("127.0.0.1", 0);
      case LOCAL -> new LocalAddress("compare");
      default -> new InetSocketAddress(Stacks.SERVER_ADDRESS, Stacks.PORT);
    };
  }
}
