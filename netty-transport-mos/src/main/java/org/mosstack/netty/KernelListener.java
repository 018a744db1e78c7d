package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * The kernel's side of a server channel: a channel of another transport's on the same loop, whose
 * accepted channels go into this one's pipeline. On the loop.
 */
final class KernelListener extends ChannelInboundHandlerAdapter {
  private final Channel server;
  private final ServerSocketChannel kernel;

  /**
   * Registers a server socket with the server channel's loop.
   *
   * @param kernel a channel of a transport that the loop serves
   */
  KernelListener(Channel server, ServerSocketChannel kernel) {
    this.server = server;
    this.kernel = kernel;
    kernel.config().setAutoRead(false); // the server channel's own reads decide
    kernel.pipeline().addLast(this);
    server.eventLoop().register(kernel);
  }

  /**
   * Listens.
   *
   * @return the address, with the port if the kernel was to choose one
   * @throws IOException why it doesn't; the socket is closed then
   */
  InetSocketAddress bind(InetSocketAddress local) throws IOException {
    ChannelFuture bound = kernel.bind(local);
    if (bound.isSuccess()) {
      return kernel.localAddress();
    }
    kernel.close();
    switch (bound.cause()) {
      case IOException e -> throw e;
      case null -> throw new IOException("the kernel's bind of " + local + " takes its time");
      default -> throw new IOException(bound.cause());
    }
  }

  void read() {
    kernel.read();
  }

  /** Takes back a read that hasn't been answered. */
  void clearRead() {
    kernel.config().setAutoRead(true); // only switching it off takes back a read
    kernel.config().setAutoRead(false);
  }

  void close() {
    kernel.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    server.pipeline().fireChannelRead(accepted);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    server.pipeline().fireChannelReadComplete();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    server.pipeline().fireExceptionCaught(cause);
  }
}
