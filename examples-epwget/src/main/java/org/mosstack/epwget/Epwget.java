package org.mosstack.epwget;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * A load generator: a number of HTTP requests, some of them at a time, over any transport.
 *
 * <p>The flows are divided among the first loops of the group, and from then on no loop knows of
 * another. A loop keeps its part of the concurrency in flight; when a flow ends, the next begins,
 * over a new connection or, with {@code keep_alive}, over the same. Every body is checked against
 * its Content-Length (or its chunks) and, if asked for, written to a file by a few threads apart
 * from the loops: of each flow at most {@value Connection#PAUSE_BYTES} bytes and one read wait for
 * them, then the flow's channel stops reading until they have caught up.
 *
 * <p>A flow that fails is counted by its kind and not repeated, with one exception: a kept-alive
 * connection that turns out to be closed before anything answered the request is replaced, and the
 * request goes out again.
 *
 * <p>The group stays the caller's, to be shut down after {@link #summary()} is done. Methods may be
 * called by any thread.
 */
public final class Epwget {
  private static final int MAX_WRITERS = 4;

  private final CompletableFuture<Summary> summary;
  private final List<LoadLoop> loops;

  private Epwget(List<LoadLoop> loops, CompletableFuture<Summary> summary) {
    this.loops = loops;
    this.summary = summary;
  }

  /**
   * Starts a run.
   *
   * @param group its first {@code core_limit} loops are used, or fewer if there are fewer loops,
   *     flows or concurrency
   * @param channels creates the client channels, of a type that the group accepts
   * @param config what to fetch, how often, how many at once
   * @param options time limit, output, progress
   * @return the run
   */
  public static Epwget start(
      EventLoopGroup group,
      ChannelFactory<? extends Channel> channels,
      EpwgetConfig config,
      EpwgetOptions options) {
    ExecutorService writers = options.outputPrefix().isEmpty() ? null : writers();
    return start(group, channels, config, options, writers);
  }

  /** As above, with the threads that write the output; they are shut down at the end. */
  static Epwget start(
      EventLoopGroup group,
      ChannelFactory<? extends Channel> channels,
      EpwgetConfig config,
      EpwgetOptions options,
      ExecutorService writers) {
    List<EventLoop> eventLoops = firstLoops(group, config);
    String request = request(config);
    List<LoadLoop> loops = new ArrayList<>();
    long firstFlow = 0;
    for (int i = 0; i < eventLoops.size(); i++) {
      long flows = part(config.totalFlows(), eventLoops.size(), i);
      int concurrency = (int) part(concurrency(config, eventLoops), eventLoops.size(), i);
      loops.add(
          new LoadLoop(
              eventLoops.get(i),
              bootstrap(eventLoops.get(i), channels, config),
              new LoadLoop.Share(firstFlow, flows, concurrency),
              config.keepAlive(),
              encode(request),
              options,
              writers));
      firstFlow += flows;
    }
    return run(config, options, loops, writers);
  }

  /** What the run did, once it has ended; completed by one of its loops. Never fails. */
  public CompletableFuture<Summary> summary() {
    return summary.copy();
  }

  /**
   * Ends the run early: closes its connections, whose flows then count as unfinished, and begins no
   * more. {@link #summary()} completes when all is closed. Without effect on a run that has ended.
   */
  public void stop() {
    loops.forEach(LoadLoop::stop);
  }

  /** The counters of each loop, while it runs. */
  List<LoopCounters> counters() {
    return loops.stream().map(LoadLoop::counters).toList();
  }

  private static Epwget run(
      EpwgetConfig config, EpwgetOptions options, List<LoadLoop> loops, ExecutorService writers) {
    List<LoopCounters> counters = loops.stream().map(LoadLoop::counters).toList();
    Runnable stopProgress =
        options
            .progress()
            .map(progress -> startProgress(loops, config, options, progress))
            .orElse(() -> {});
    long begin = System.nanoTime();
    List<CompletableFuture<LoadLoop.Result>> results = loops.stream().map(LoadLoop::start).toList();
    CompletableFuture<Summary> summary =
        CompletableFuture.allOf(results.toArray(CompletableFuture<?>[]::new))
            .thenApply(
                _ -> {
                  stopProgress.run();
                  if (writers != null) {
                    writers.shutdown();
                  }
                  return Summary.of(
                      config.totalFlows(),
                      !options.duration().isZero(),
                      results.stream().map(CompletableFuture::join).toList(),
                      counters,
                      begin);
                });
    return new Epwget(loops, summary);
  }

  /** Tells each loop's share, then of each second; the returned task tells of the last one. */
  private static Runnable startProgress(
      List<LoadLoop> loops, EpwgetConfig config, EpwgetOptions options, Progress progress) {
    if (config.coreLimit() > loops.size()) {
      progress.plan(
          "core_limit = %d: %d loops are used, there are no more loops, flows or concurrency"
              .formatted(config.coreLimit(), loops.size()));
    }
    for (int i = 0; i < loops.size(); i++) {
      long flows = loops.get(i).share().flows();
      boolean byTime =
          !options.duration().isZero() && config.totalFlows() == EpwgetConfig.MAX_FLOWS;
      progress.plan(
          String.format(
              Locale.ROOT,
              "Thread %d handles %s, %d at once, connecting to %s:%d",
              i,
              byTime ? options.duration().toMillis() / 1e3 + " s of flows" : flows + " flows",
              loops.get(i).share().concurrency(),
              config.target().address().getAddress().getHostAddress(),
              config.target().address().getPort()));
    }
    List<LoopCounters> counters = loops.stream().map(LoadLoop::counters).toList();
    ProgressMeter meter = new ProgressMeter(counters, progress, System::nanoTime);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            new DefaultThreadFactory("epwget-progress", true));
    timer.scheduleAtFixedRate(meter::tell, 1, 1, TimeUnit.SECONDS);
    return () -> {
      timer.shutdownNow();
      meter.tell(); // For the last, partial second: the intervals add up to the summary.
    };
  }

  private static List<EventLoop> firstLoops(EventLoopGroup group, EpwgetConfig config) {
    long limit = config.coreLimit() == 0 ? Long.MAX_VALUE : config.coreLimit();
    limit = Math.min(limit, config.totalFlows());
    if (config.totalConcurrency() > 0) {
      limit = Math.min(limit, config.totalConcurrency());
    }
    List<EventLoop> loops = new ArrayList<>();
    for (EventExecutor executor : group) {
      if (loops.size() < limit) {
        loops.add((EventLoop) executor);
      }
    }
    return loops;
  }

  private static long concurrency(EpwgetConfig config, List<EventLoop> loops) {
    return config.totalConcurrency() == 0
        ? (long) EpwgetConfig.DEFAULT_CONCURRENCY_PER_LOOP * loops.size()
        : config.totalConcurrency();
  }

  /** The {@code i}-th of {@code n} parts of {@code total}; the remainder goes to the first ones. */
  private static long part(long total, int n, int i) {
    return total / n + (i < total % n ? 1 : 0);
  }

  private static Bootstrap bootstrap(
      EventLoop loop, ChannelFactory<? extends Channel> channels, EpwgetConfig config) {
    return new Bootstrap()
        .group(loop)
        .channelFactory(channels::newChannel)
        .option(ChannelOption.TCP_NODELAY, true)
        // The loop's own list keeps the time of connects too, without a task for each.
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
        .disableResolver()
        .remoteAddress(config.target().address());
  }

  private static String request(EpwgetConfig config) {
    return "GET "
        + config.target().path()
        + " HTTP/1.1\r\nHost: "
        + config.target().hostHeader()
        + "\r\nUser-Agent: epwget\r\nAccept: */*\r\nConnection: "
        + (config.keepAlive() ? "keep-alive" : "close")
        + "\r\n\r\n";
  }

  private static ByteBuf encode(String request) {
    byte[] bytes = request.getBytes(StandardCharsets.US_ASCII);
    return Unpooled.directBuffer(bytes.length).writeBytes(bytes);
  }

  private static ExecutorService writers() {
    int threads = Math.min(MAX_WRITERS, Runtime.getRuntime().availableProcessors());
    return Executors.newFixedThreadPool(threads, new DefaultThreadFactory("epwget-writer", true));
  }
}
