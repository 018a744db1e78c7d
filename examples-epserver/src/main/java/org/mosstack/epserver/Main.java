package org.mosstack.epserver;

import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import picocli.CommandLine;

/** epserver over the user-level stack: what {@code bin/epserver} runs. */
public final class Main {
  private static final int SHUTDOWN_SECONDS = 5;

  private Main() {}

  /**
   * Runs {@link EpserverCommand} and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EpserverCommand(Main::open)).execute(args));
  }

  private static ServerTransport open(Path mosConf, int coreLimit, boolean allowOversubscribe) {
    MosStack stack =
        MosStack.builder(MosConfig.load(mosConf))
            .application("epserver")
            .coreLimit(coreLimit)
            .allowOversubscribe(allowOversubscribe)
            .start();
    return over(stack);
  }

  /**
   * The transport over a stack, which it closes.
   *
   * @param stack started, and not used by anybody else
   */
  public static ServerTransport over(MosStack stack) {
    MosEventLoopGroup group = new MosEventLoopGroup(stack);
    return new ServerTransport(
        group,
        MosServerSocketChannel::new,
        true,
        () ->
            group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly());
  }
}
