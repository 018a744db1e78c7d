package org.mosstack.epserver;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** The program over kernel sockets, for a JVM that receives signals. */
final class SignalledServer {
  private SignalledServer() {}

  /** Serves according to the configuration file in {@code arguments}, on any port. */
  public static void main(String[] arguments) {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    ServerTransport transport =
        new ServerTransport(
            group,
            NioServerSocketChannel::new,
            false,
            () -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly());
    EpserverCommand command = new EpserverCommand((_, _, _) -> transport);
    System.exit(new CommandLine(command).execute("-c", arguments[0], "--port", "0"));
  }
}
