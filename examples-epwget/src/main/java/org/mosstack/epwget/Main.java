package org.mosstack.epwget;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosSocketChannel;
import picocli.CommandLine;

/** epwget over the user-level stack: what {@code bin/epwget} runs. */
public final class Main {
  private static final int SHUTDOWN_SECONDS = 5;

  private Main() {}

  /**
   * Runs {@link EpwgetCommand} and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EpwgetCommand(Main::open)).execute(args));
  }

  private static ClientTransport open(Path mosConf, int coreLimit, boolean allowOversubscribe) {
    MosStack stack =
        MosStack.builder(MosConfig.load(mosConf))
            .application("epwget")
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
  public static ClientTransport over(MosStack stack) {
    MosEventLoopGroup group = new MosEventLoopGroup(stack);
    return new ClientTransport(
        group,
        MosSocketChannel::new,
        Duration.ofSeconds(Math.max(0, stack.config().get(MosKeys.TCP_TIMEOUT))),
        () ->
            group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly());
  }
}
