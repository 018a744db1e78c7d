package org.mosstack.vertx;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.EventExecutor;
import io.vertx.core.net.TcpConfig;
import io.vertx.core.spi.transport.Transport;
import java.util.concurrent.ThreadFactory;
import org.mosstack.netty.MosChannelOption;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/**
 * Provides what Vert.x asks of a transport: loops, and channels for them.
 *
 * <p>Vert.x wraps a server's loops, those it was started on, in a group of its own, and closes an
 * accepted channel that turns up on any other. So each server channel is told which loops these
 * currently are.
 */
final class StackTransport implements Transport {
  private final LoopSource loops;
  private volatile EventLoopGroup group;

  StackTransport(LoopSource loops) {
    this.loops = loops;
  }

  @Override
  public boolean isAvailable() {
    return loops.isAvailable();
  }

  @Override
  public Throwable unavailabilityCause() {
    return loops.unavailabilityCause();
  }

  /** Unsupported: the loops' handlers are created with them. */
  @Override
  public IoHandlerFactory ioHandlerFactory() {
    throw new UnsupportedOperationException("a core's handler is made with its loop");
  }

  /**
   * Returns the stack's one group. Vert.x asks for the contexts' group first, whose threads are of
   * its own kind, then for the acceptors'. A server channel listens for all cores on any loop.
   */
  @Override
  public synchronized EventLoopGroup eventLoopGroup(
      int type, int threads, ThreadFactory threadFactory, int ioRatio) {
    if (type == ACCEPTOR_EVENT_LOOP_GROUP && group != null) {
      return group;
    }
    group = loops.newGroup(threadFactory);
    return group;
  }

  @SuppressWarnings("deprecation") // Vert.x has it in its interface
  @Override
  public DatagramChannel datagramChannel(InternetProtocolFamily family) {
    return new NioDatagramChannel(family);
  }

  @Override
  public ChannelFactory<? extends DatagramChannel> datagramChannelFactory() {
    return NioDatagramChannel::new;
  }

  @Override
  public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
    refuse(domainSocket);
    return MosSocketChannel::new;
  }

  @Override
  public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
    refuse(domainSocket);
    return MosServerSocketChannel::new;
  }

  private static void refuse(boolean domainSocket) {
    if (domainSocket) {
      throw new IllegalArgumentException("The mos transport has no domain sockets");
    }
  }

  @Override
  public void configure(TcpConfig config, boolean domainSocket, ServerBootstrap bootstrap) {
    Transport.super.configure(config, domainSocket, bootstrap);
    EventLoopGroup serving = bootstrap.config().childGroup();
    bootstrap.option(MosChannelOption.SERVING_LOOPS, loop -> contains(serving, loop));
  }

  private static boolean contains(EventLoopGroup serving, EventLoop loop) {
    synchronized (serving) { // Vert.x changes it under this lock
      for (EventExecutor each : serving) {
        if (each == loop) {
          return true;
        }
      }
      return false;
    }
  }
}
