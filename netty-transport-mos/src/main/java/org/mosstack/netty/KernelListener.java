package org.mosstack.netty;

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
  private final MosServerSocketChannel server;
  private final ServerSocketChannel kernel;

  /**
   * Registers a server socket with the server channel's loop.
   *
   * @param kernel a channel of a transport that the loop serves
   * @throws IOException if it doesn't; the socket is closed
   */
  KernelListener(MosServerSocketChannel server, ServerSocketChannel kernel) throws IOException {
    this.server = server;
    this.kernel = kernel;
    KernelSocket.register(kernel, server.eventLoop(), this);
  }

  /**
   * Listens.
   *
   * @return the address, with the port if the kernel was to choose one
   * @throws IOException why it doesn't; another address can be tried then
   */
  InetSocketAddress bind(InetSocketAddress local) throws IOException {
    kernel.config().setBacklog(server.config().getBacklog());
    ChannelFuture bound = kernel.bind(local);
    if (bound.isSuccess()) {
      return kernel.localAddress();
    }
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
    KernelSocket.clearRead(kernel);
  }

  void close() {
    kernel.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object accepted) {
    server.readAnswered();
    server.pipeline().fireChannelRead(accepted);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    server.pipeline().fireChannelReadComplete();
    server.clearUnlessWanted();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    server.pipeline().fireExceptionCaught(cause);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    server.unsafe().close(server.unsafe().voidPromise());
  }
}
