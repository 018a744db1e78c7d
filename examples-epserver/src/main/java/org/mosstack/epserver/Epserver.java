package org.mosstack.epserver;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.mosstack.netty.MosSocketChannelConfig;

/**
 * The static web server. The transport is an argument: a group and the server channel that goes
 * with it; the pipeline is the same over all of them.
 *
 * <p>The caller keeps the group and the {@link FileStore}, and closes them after the server.
 */
public final class Epserver implements AutoCloseable {
  /** How long a loop may take to close a channel that is no longer used. */
  private static final Duration CLOSE_TIME = Duration.ofSeconds(1);

  /** Connections waiting to be accepted, as a load generator opens them. */
  private static final int BACKLOG = 4096;

  private static final String REUSE_PORT = "SO_REUSEPORT";

  private final FileStore files;
  private final ServerLimits limits;
  private final InstantSource clock = InstantSource.system();
  private final long startNanos = System.nanoTime();
  private final Map<EventLoop, LoopState> loops = new ConcurrentHashMap<>();
  private final List<Channel> listeners = new ArrayList<>();
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile long endNanos;

  private Epserver(FileStore files, ServerLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  /**
   * Starts a server with the default limits.
   *
   * @see #start(EventLoopGroup, ChannelFactory, boolean, InetSocketAddress, FileStore,
   *     ServerLimits)
   */
  public static Epserver start(
      EventLoopGroup group,
      ChannelFactory<? extends ServerChannel> channels,
      boolean bindPerLoop,
      InetSocketAddress address,
      FileStore files)
      throws IOException, InterruptedException {
    return start(group, channels, bindPerLoop, address, files, ServerLimits.defaults());
  }

  /**
   * Starts a server, and returns when it listens.
   *
   * @param group runs the connections, and the listening too
   * @param channels creates the transport's server channel
   * @param bindPerLoop whether each loop of the group listens with a channel of its own and serves
   *     what that accepts, so that no connection changes threads; the transport must have the
   *     option SO_REUSEPORT. Otherwise one channel listens, and spreads its connections over the
   *     group.
   * @param address where to listen; with port 0 the system chooses, the same for every loop
   * @param files what to serve
   * @param limits the limits of one client
   * @throws IOException the address can't be listened on, or the transport lacks SO_REUSEPORT; the
   *     message is one line for the user
   * @throws InterruptedException while waiting for the transport; nothing listens then
   */
  public static Epserver start(
      EventLoopGroup group,
      ChannelFactory<? extends ServerChannel> channels,
      boolean bindPerLoop,
      InetSocketAddress address,
      FileStore files,
      ServerLimits limits)
      throws IOException, InterruptedException {
    rehearse(files, limits);
    Epserver server = new Epserver(files, limits);
    boolean listening = false;
    try {
      if (bindPerLoop) {
        InetSocketAddress next = address;
        for (EventExecutor executor : group) {
          server.listen((EventLoop) executor, () -> sharingPort(channels.newChannel()), next);
          next = server.localAddress();
        }
      } else {
        server.listen(group, channels, address);
      }
      listening = true;
      return server;
    } finally {
      if (!listening) {
        server.closeListeners();
      }
    }
  }

  /** Where the server listens, with the port that was chosen. */
  public InetSocketAddress localAddress() {
    return (InetSocketAddress) listeners.getFirst().localAddress();
  }

  /** What the server has done so far, or did until {@link #close()}. Any thread. */
  public ServerSummary summary() {
    ServerSummary.Builder total = new ServerSummary.Builder();
    loops.values().forEach(loop -> loop.stats().addTo(total));
    long end = endNanos == 0 ? System.nanoTime() : endNanos;
    return total.build(Duration.ofNanos(end - startNanos));
  }

  /**
   * Ends the server: stops accepting, closes idle connections, and lets the others finish their
   * current response, for {@link ServerLimits#drain()}; what is left then is cut off. Not to be
   * called from a loop of the group. A second call does nothing.
   */
  @Override
  public void close() {
    if (!closing.compareAndSet(false, true)) {
      return;
    }
    // An interrupt shortens the wait and is kept for the caller.
    boolean interrupted = false;
    closeListeners();
    try {
      if (!drainWithin(limits.drain())) {
        abort();
        drainWithin(CLOSE_TIME);
      }
    } catch (InterruptedException _) {
      abort();
      interrupted = true;
    }
    endNanos = System.nanoTime();
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Answers a request that nobody has sent. What the JVM loads for the first one takes hundreds of
   * milliseconds, and a loop that is held up by it receives no packets.
   */
  private static void rehearse(FileStore files, ServerLimits limits) {
    EmbeddedChannel channel = new EmbeddedChannel(new Epserver(files, limits).new Pipeline());
    channel.writeInbound(
        ByteBufUtil.writeAscii(channel.alloc(), "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    channel.finishAndReleaseAll();
  }

  private void listen(
      EventLoopGroup loops,
      ChannelFactory<? extends ServerChannel> channels,
      InetSocketAddress address)
      throws IOException, InterruptedException {
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loops, loops)
            .channelFactory(channels)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            // A client may end its output after the request and still want the response.
            .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
            .childHandler(new Pipeline())
            .bind(address);
    try {
      bound.await();
    } catch (InterruptedException e) {
      bound.channel().close();
      throw e;
    }
    if (!bound.isSuccess()) {
      Throwable cause = bound.cause();
      throw new IOException("cannot listen on " + address + ": " + cause.getMessage(), cause);
    }
    listeners.add(bound.channel());
  }

  /** The channel with the transport's own SO_REUSEPORT on, whatever class defines it. */
  private static ServerChannel sharingPort(ServerChannel channel) {
    for (ChannelOption<?> option : channel.config().getOptions().keySet()) {
      if (option.name().equals(REUSE_PORT) || option.name().endsWith('#' + REUSE_PORT)) {
        @SuppressWarnings("unchecked") // The option is Boolean in every transport that has it.
        ChannelOption<Boolean> reusePort = (ChannelOption<Boolean>) option;
        channel.config().setOption(reusePort, true);
        return channel;
      }
    }
    channel.unsafe().closeForcibly();
    throw new UnsupportedOperationException(
        channel.getClass().getSimpleName() + " has no " + REUSE_PORT + " to listen on each loop");
  }

  private final class Pipeline extends ChannelInitializer<Channel> {
    private final HttpDecoderConfig codec =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(limits.maxRequestLine())
            .setMaxHeaderSize(limits.maxHeaders());

    @Override
    protected void initChannel(Channel channel) {
      LoopState state = loops.get(channel.eventLoop());
      if (state == null) {
        state = new LoopState(channel.eventLoop(), files, limits, clock);
        loops.put(channel.eventLoop(), state);
      }
      if (closing.get()) {
        state.drain();
      }
      if (channel.config() instanceof MosSocketChannelConfig config) {
        config.setWriteZeroCopyThreshold(
            0); // a stored file never changes, nor does a written header
      }
      channel.pipeline().addLast(new HttpServerCodec(codec), new StaticFileHandler(state));
    }
  }

  private void closeListeners() {
    listeners.forEach(Channel::close);
    for (Channel listener : listeners) {
      listener.closeFuture().awaitUninterruptibly(CLOSE_TIME.toMillis());
    }
  }

  private boolean drainWithin(Duration limit) throws InterruptedException {
    long deadline = System.nanoTime() + limit.toNanos();
    List<Future<Void>> draining = new ArrayList<>();
    onEachLoop(state -> draining.add(state.drain()));
    boolean all = true;
    for (Future<Void> drained : draining) {
      long left = Math.max(0, deadline - System.nanoTime());
      all &= drained.await(left, TimeUnit.NANOSECONDS);
    }
    return all;
  }

  private void abort() {
    onEachLoop(LoopState::abort);
  }

  private void onEachLoop(Consumer<LoopState> action) {
    for (LoopState state : loops.values()) {
      try {
        action.accept(state);
      } catch (RejectedExecutionException _) {
        // The loop has ended, and its connections with it.
      }
    }
  }
}
