package org.mosstack.epwget;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A server over real sockets that answers each request with arbitrary bytes: it knows no HTTP, so
 * that it can violate it.
 */
final class RawServer implements AutoCloseable {
  /** What the server does with a request. */
  interface Behaviour {
    /**
     * @param onConnection number of requests on this connection so far, including this one
     */
    void answer(ChannelHandlerContext ctx, int onConnection);
  }

  final AtomicInteger connections = new AtomicInteger();
  final AtomicInteger open = new AtomicInteger();
  final AtomicInteger maxOpen = new AtomicInteger();
  final List<String> requests = Collections.synchronizedList(new ArrayList<>());

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final Channel listener;

  RawServer(Behaviour behaviour) {
    listener =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Requests(behaviour));
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
  }

  static ChannelFuture send(ChannelHandlerContext ctx, String text) {
    return ctx.writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1));
  }

  /** Sends and then closes in an orderly way. */
  static void sendAndClose(ChannelHandlerContext ctx, String text) {
    send(ctx, text).addListener(ChannelFutureListener.CLOSE);
  }

  /** Closes with a RST. */
  static void reset(ChannelHandlerContext ctx) {
    ctx.channel().config().setOption(ChannelOption.SO_LINGER, 0);
    ctx.close();
  }

  static String ok(String body) {
    return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private final class Requests extends SimpleChannelInboundHandler<ByteBuf> {
    private final Behaviour behaviour;
    private final StringBuilder text = new StringBuilder();
    private int count;

    Requests(Behaviour behaviour) {
      this.behaviour = behaviour;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      connections.incrementAndGet();
      maxOpen.accumulateAndGet(open.incrementAndGet(), Math::max);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      open.decrementAndGet();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      text.append(bytes.toString(StandardCharsets.ISO_8859_1));
      int end;
      while ((end = text.indexOf("\r\n\r\n")) >= 0) {
        requests.add(text.substring(0, end + 4));
        text.delete(0, end + 4);
        behaviour.answer(ctx, ++count);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // The client broke off; the test examines the client.
    }
  }
}
