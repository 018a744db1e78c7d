package org.mosstack.examples;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/**
 * What a program runs over: event loops, and the channels that go with them.
 *
 * @param group the event loops
 * @param servers creates server channels for these loops
 * @param clients creates client channels for these loops
 * @param bindPerLoop whether a server listens on each loop by itself
 * @param timeout how long a client waits where its command line doesn't say; zero for no limit
 * @param closer shuts down the group and frees what is under it; called once, may block
 */
public record Transport(
    EventLoopGroup group,
    ChannelFactory<? extends ServerChannel> servers,
    ChannelFactory<? extends Channel> clients,
    boolean bindPerLoop,
    Duration timeout,
    Runnable closer)
    implements AutoCloseable {
  /** The default of {@code tcp_timeout} in a {@code mos.conf}. */
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  private static final int SHUTDOWN_SECONDS = 5;

  /** Opens a transport as the command line and the program's configuration specify it. */
  @FunctionalInterface
  public interface Opener {
    /**
     * Opens the transport.
     *
     * @param mosConf the {@code mos.conf}
     * @param coreLimit how many cores to use at most; 0 for all that {@code mosConf} names
     * @param allowOversubscribe whether more loops than CPUs may be started
     * @param capture what of the stack's packets is captured
     * @return the transport, for the caller to close
     * @throws org.mosstack.config.ConfigException if it can't be started as configured
     */
    Transport open(
        Path mosConf, int coreLimit, boolean allowOversubscribe, CaptureOptions.Prepared capture);
  }

  /** Checks that all are there. */
  public Transport {
    Objects.requireNonNull(group, "group");
    Objects.requireNonNull(servers, "servers");
    Objects.requireNonNull(clients, "clients");
    Objects.requireNonNull(timeout, "timeout");
    Objects.requireNonNull(closer, "closer");
  }

  /**
   * Opens the user-level stack for a program.
   *
   * @param application the program's name
   */
  public static Opener stack(String application) {
    return (mosConf, coreLimit, allowOversubscribe, capture) ->
        over(
            MosStack.builder(MosConfig.load(mosConf))
                .application(application)
                .coreLimit(coreLimit)
                .allowOversubscribe(allowOversubscribe)
                .start(),
            capture);
  }

  /**
   * The transport over a stack, which it closes, as this does when it fails.
   *
   * @param stack started, and not used by anybody else
   * @throws IllegalStateException if the stack's event loops can't be started
   */
  public static Transport over(MosStack stack) {
    return over(stack, _ -> () -> {});
  }

  /**
   * The same, with a capture that begins before the loops, and ends after the stack.
   *
   * @param stack started, and not used by anybody else
   * @param prepared starts the capture
   * @throws org.mosstack.config.ConfigException if the capture can't be started
   * @throws IllegalStateException if the stack's event loops can't be started
   */
  public static Transport over(MosStack stack, CaptureOptions.Prepared prepared) {
    CaptureOptions.Capture capture = () -> {};
    try {
      capture = prepared.start(stack);
      return over(stack, capture);
    } catch (RuntimeException | Error e) {
      stack.close();
      capture.close();
      throw e;
    }
  }

  private static Transport over(MosStack stack, CaptureOptions.Capture capture) {
    MosEventLoopGroup group = new MosEventLoopGroup(stack);
    return new Transport(
        group,
        MosServerSocketChannel::new,
        MosSocketChannel::new,
        true,
        Duration.ofSeconds(Math.max(0, stack.config().get(MosKeys.TCP_TIMEOUT))),
        () -> {
          shutDown(group);
          capture.close();
        });
  }

  /**
   * The kernel's sockets, through NIO.
   *
   * @param loops how many event loops, at least 1
   */
  public static Transport nio(int loops) {
    EventLoopGroup group = new MultiThreadIoEventLoopGroup(loops, NioIoHandler.newFactory());
    return new Transport(
        group,
        NioServerSocketChannel::new,
        NioSocketChannel::new,
        true,
        DEFAULT_TIMEOUT,
        () -> shutDown(group));
  }

  private static void shutDown(EventLoopGroup group) {
    group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  @Override
  public void close() {
    closer.run();
  }
}
