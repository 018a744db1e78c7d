package org.mosstack.epwget;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;

/** epwget over kernel sockets, as a separate process. */
final class NioEpwget {
  private NioEpwget() {}

  static ClientTransport open(Path mosConf, int coreLimit, boolean allowOversubscribe) {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    return new ClientTransport(
        group,
        NioSocketChannel::new,
        Duration.ofSeconds(30),
        () -> group.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly());
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new EpwgetCommand(NioEpwget::open)).execute(args));
  }
}
