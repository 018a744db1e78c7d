package org.mosstack.agent.program;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * An application that knows Netty alone: it echoes over a connection to itself, and prints what its
 * channels are. Arguments: a transport (nio, old, epoll), and how the client connects (address,
 * name, register).
 */
public final class Echo {
  private static final int SECONDS = 30;

  private Echo() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    Transport transport = Transport.valueOf(arguments[0]);
    EventLoopGroup group = transport.group();
    CompletableFuture<String> child = new CompletableFuture<>();
    Channel server =
        new ServerBootstrap()
            .group(group)
            .channel(transport.server())
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    child.complete(channel.getClass().getName());
                    channel.pipeline().addLast(new Answer());
                  }
                })
            .bind(0)
            .sync()
            .channel();
    System.out.println("server " + server.getClass().getName());
    int port = ((InetSocketAddress) server.localAddress()).getPort();
    CompletableFuture<String> echoed = new CompletableFuture<>();
    Bootstrap bootstrap =
        new Bootstrap().group(group).channel(transport.client()).handler(new Question(echoed));
    Channel client = connect(bootstrap, arguments[1], port);
    System.out.println("client " + client.getClass().getName());
    System.out.println("echoed " + echoed.get(SECONDS, TimeUnit.SECONDS));
    System.out.println("child " + child.get(SECONDS, TimeUnit.SECONDS));
    client.close().sync();
    server.close().sync();
    group.shutdownGracefully(0, SECONDS, TimeUnit.SECONDS).sync();
    Counts.print();
  }

  private static Channel connect(Bootstrap bootstrap, String how, int port) throws Exception {
    InetSocketAddress address = new InetSocketAddress("127.0.0.1", port);
    switch (how) {
      case "address" -> {
        ChannelFuture connecting = bootstrap.connect(address);
        Channel channel = connecting.channel();
        System.out.println("at once " + channel.getClass().getName());
        connecting.sync();
        return channel;
      }
      case "name" -> {
        return bootstrap.connect("localhost", port).sync().channel();
      }
      case "register" -> {
        Channel channel = bootstrap.register().sync().channel();
        channel.connect(address).sync();
        return channel;
      }
      default -> throw new IllegalArgumentException(how);
    }
  }

  private static final class Answer extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.writeAndFlush(message);
    }
  }

  private static final class Question extends SimpleChannelInboundHandler<ByteBuf> {
    private static final String TEXT = "hello";

    private final CompletableFuture<String> echoed;
    private final StringBuilder answer = new StringBuilder();

    Question(CompletableFuture<String> echoed) {
      this.echoed = echoed;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      ByteBuf text = context.alloc().buffer();
      text.writeCharSequence(TEXT, StandardCharsets.US_ASCII);
      context.writeAndFlush(text);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, ByteBuf message) {
      answer.append(message.toString(StandardCharsets.US_ASCII));
      if (answer.length() == TEXT.length()) {
        echoed.complete(answer.toString());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      echoed.completeExceptionally(cause);
    }
  }
}
