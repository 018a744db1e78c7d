package org.mosstack.agent.program;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * An application whose peer is on the kernel's loopback: a server of the JDK's. Argument: "any" or
 * "nio", the kind of channel that its initializer takes.
 */
public final class KernelPeer {
  private KernelPeer() {}

  /** Runs it. */
  public static void main(String[] arguments) throws Exception {
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      Channel client =
          new Bootstrap()
              .group(group)
              .channel(NioSocketChannel.class)
              .handler(arguments[0].equals("nio") ? new OnlyNio() : new Any())
              .connect("127.0.0.1", server.getLocalPort())
              .sync()
              .channel();
      try (Socket accepted = server.accept()) {
        System.out.println("client " + client.getClass().getName());
        client.writeAndFlush(client.alloc().buffer().writeByte('x')).sync();
        System.out.println("received " + (char) accepted.getInputStream().read());
      }
      client.close().sync();
    }
    group.shutdownGracefully().sync();
    Counts.print();
  }

  private static final class Any extends ChannelInitializer<SocketChannel> {
    @Override
    protected void initChannel(SocketChannel channel) {}
  }

  private static final class OnlyNio extends ChannelInitializer<NioSocketChannel> {
    @Override
    protected void initChannel(NioSocketChannel channel) {}
  }
}
