package org.mosstack.frameworks.shaded;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server that echoes, and a client of it that sends messages one after another. */
public final class Echo {
  private static final int MESSAGES = 500;
  private static final int MESSAGE_BYTES = 20_000;
  private static final int SECONDS = 30;

  private Echo() {}

  /** Runs it, and prints how much came back and what the client's channel is. */
  public static void main(String[] arguments) throws Exception {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    channel.pipeline().addLast(new Answer());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
    CompletableFuture<Long> echoed = new CompletableFuture<>();
    Channel client =
        new Bootstrap()
            .group(group)
            .channel(NioSocketChannel.class)
            .handler(new Question(echoed))
            .connect(server.localAddress())
            .sync()
            .channel();
    System.out.println("echoed " + echoed.get(SECONDS, TimeUnit.SECONDS) + " bytes");
    System.out.println("client " + client.getClass().getName());
    System.out.println("server " + server.getClass().getName());
    client.close().sync();
    server.close().sync();
    group.shutdownGracefully(0, SECONDS, TimeUnit.SECONDS).sync();
  }

  private static final class Answer extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  private static final class Question extends SimpleChannelInboundHandler<ByteBuf> {
    private final CompletableFuture<Long> echoed;
    private long received;

    Question(CompletableFuture<Long> echoed) {
      this.echoed = echoed;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      send(context);
    }

    private static void send(ChannelHandlerContext context) {
      context.writeAndFlush(context.alloc().buffer(MESSAGE_BYTES).writeZero(MESSAGE_BYTES));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      received += message.readableBytes();
      if (received == (long) MESSAGES * MESSAGE_BYTES) {
        echoed.complete(received);
      } else if (received % MESSAGE_BYTES == 0) {
        send(context);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      echoed.completeExceptionally(cause);
    }
  }
}
