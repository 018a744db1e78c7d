package org.mosstack.epwget;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/**
 * One event loop's share of the load. Everything here belongs to that loop's thread; other threads
 * see {@link LoopCounters}, and the result once the loop is done.
 */
final class LoadLoop {
  /**
   * Connects begun in one go, so that a large concurrency doesn't hold up the loop's other work.
   */
  private static final int STARTS_PER_TURN = 256;

  /** When the run's time is up, flows under way have so long to complete. */
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** Latencies are recorded in nanoseconds up to an hour, to 3 digits. */
  private static final long MAX_LATENCY_NANOS = 3_600_000_000_000L;

  /**
   * What a loop does.
   *
   * @param firstFlow the number of its first flow
   * @param flows how many flows it makes, at least 1
   * @param concurrency how many of them at once, at least 1
   */
  record Share(long firstFlow, long flows, int concurrency) {}

  /**
   * What a loop has done, handed over when it is done.
   *
   * @param started how many flows it began
   * @param latency nanoseconds from request to end of body, of the completed flows
   * @param bodyBytes of the completed flows
   * @param reopened how often a kept-alive connection had been closed under a request
   * @param endNanos when its last flow ended, as {@link System#nanoTime()} has it
   */
  record Result(
      long started,
      Histogram latency,
      ErrorCounts errors,
      long bodyBytes,
      long reopened,
      long endNanos) {}

  private final EventLoop eventLoop;
  private final Bootstrap bootstrap;
  private final Share share;
  private final boolean keepAlive;
  private final ByteBuf request;

  /** The time limit of what a connection waits for. */
  private final DeadlineList deadlines;

  /** The time limit of a flow as a whole. */
  private final DeadlineList flowDeadlines;

  /** How long the loop begins flows; 0 for no limit. */
  private final long durationNanos;

  private final long maxBodyBytes;
  private final LoopCounters counters = new LoopCounters();
  private final CompletableFuture<Result> result = new CompletableFuture<>();

  /** Null when bodies are discarded. */
  private final Path outputPrefix;

  private final Executor writers;

  private final Histogram latency = new Histogram(1, MAX_LATENCY_NANOS, 3);
  private final ErrorCounts errors = new ErrorCounts();
  private long bodyBytes;
  private long reopened;

  private long started;
  private int inFlight;

  /** Channels and files not closed yet: the loop isn't done before they are. */
  private int open;

  private boolean starting;
  private boolean stopping;

  /** No flow begins any more; when the last one ended, or the time was up. */
  private boolean timeIsUp;

  private long lastEndNanos;

  /** Ends the run's time, then the flows under way; null when there is no limit. */
  private Future<?> timer;

  /**
   * @param bootstrap of this loop only; its handler is set anew for each connection
   * @param request the encoded request; released when the loop is done
   * @param options time and size limits, and where bodies go
   * @param writers write the bodies; null when they are discarded
   */
  LoadLoop(
      EventLoop eventLoop,
      Bootstrap bootstrap,
      Share share,
      boolean keepAlive,
      ByteBuf request,
      EpwgetOptions options,
      Executor writers) {
    this.eventLoop = eventLoop;
    this.bootstrap = bootstrap;
    this.share = share;
    this.keepAlive = keepAlive;
    this.request = request;
    deadlines = new DeadlineList(eventLoop, options.timeout().toNanos(), Connection::timedOut);
    flowDeadlines =
        new DeadlineList(eventLoop, options.maxTime().toNanos(), Connection::tookTooLong);
    durationNanos = options.duration().toNanos();
    maxBodyBytes = options.maxBodyBytes();
    outputPrefix = options.outputPrefix().orElse(null);
    this.writers = writers;
  }

  /** Begins; any thread. The future completes on the loop. */
  CompletableFuture<Result> start() {
    eventLoop.execute(this::begin);
    return result;
  }

  private void begin() {
    if (durationNanos > 0) {
      timer = eventLoop.schedule(this::endTime, durationNanos, TimeUnit.NANOSECONDS);
    }
    fill();
  }

  private void endTime() {
    timeIsUp = true;
    lastEndNanos = System.nanoTime();
    timer = eventLoop.schedule(this::abandonAll, GRACE_NANOS, TimeUnit.NANOSECONDS);
    doneIfSo();
  }

  private boolean mayBegin() {
    return !stopping && !timeIsUp && started < share.flows;
  }

  /** Ends the flows in flight, which then count as nothing, and begins no more; any thread. */
  void stop() {
    if (!result.isDone()) {
      eventLoop.execute(this::abandonAll);
    }
  }

  private void abandonAll() {
    stopping = true;
    while (deadlines.head() != null) {
      deadlines.head().abandon();
    }
    doneIfSo();
  }

  boolean inEventLoop() {
    return eventLoop.inEventLoop();
  }

  void execute(Runnable task) {
    eventLoop.execute(task);
  }

  Share share() {
    return share;
  }

  LoopCounters counters() {
    return counters;
  }

  DeadlineList deadlines() {
    return deadlines;
  }

  DeadlineList flowDeadlines() {
    return flowDeadlines;
  }

  /** The longest body that a flow may have, in bytes. */
  long maxBodyBytes() {
    return maxBodyBytes;
  }

  ByteBuf request() {
    return request;
  }

  /** The file of a flow, or null when bodies are discarded. */
  BodyFile openFile(long flow, Runnable progress) {
    if (outputPrefix == null) {
      return null;
    }
    open++;
    Path path = outputPrefix.getFileSystem().getPath(outputPrefix + "." + flow);
    return new BodyFile(path, eventLoop, writers, progress);
  }

  void channelOpened() {
    open++;
  }

  void channelClosed() {
    closed();
  }

  void fileClosed() {
    closed();
  }

  /** Notes that a flow completed; its connection then calls {@link #next} or {@link #flowEnded}. */
  void completed(long nanos, long bytes) {
    if (timeIsUp) {
      lastEndNanos = System.nanoTime();
    }
    latency.recordValue(Math.clamp(nanos, 0, MAX_LATENCY_NANOS));
    counters.complete(nanos / 1000);
    bodyBytes += bytes;
  }

  /**
   * The number of the flow that follows on the same connection; -1 if none is to follow.
   *
   * @param reusable whether the connection can carry another request
   */
  long next(boolean reusable) {
    return keepAlive && reusable && mayBegin() ? share.firstFlow + started++ : -1;
  }

  /** Notes that a flow failed. */
  void failed(ErrorKind kind, int status) {
    errors.add(kind, status);
    flowEnded();
  }

  /** Notes that a flow is over, and its connection with it. */
  void flowEnded() {
    inFlight--;
    fill();
  }

  /** Continues a flow over a new connection: the server had closed the one it was sent on. */
  void reopen(long flow, long startNanos) {
    reopened++;
    open(flow, startNanos);
  }

  private void fill() {
    if (starting) {
      return; // A connect failed at once: the loop below goes on.
    }
    starting = true;
    int budget = STARTS_PER_TURN;
    while (mayBegin() && inFlight < share.concurrency) {
      if (budget-- == 0) {
        eventLoop.execute(this::fill);
        break;
      }
      inFlight++;
      open(share.firstFlow + started++, Connection.NOT_SENT);
    }
    starting = false;
    doneIfSo();
  }

  private void open(long flow, long startNanos) {
    counters.connect();
    Connection connection = new Connection(this, flow, startNanos);
    connection.begin();
    bootstrap.handler(connection).connect().addListener(connection);
  }

  private void closed() {
    open--;
    doneIfSo();
  }

  private void doneIfSo() {
    if (!mayBegin() && inFlight == 0 && open == 0 && !result.isDone()) {
      if (timer != null) {
        timer.cancel(false);
      }
      request.release();
      deadlines.close();
      flowDeadlines.close();
      long end = timeIsUp ? lastEndNanos : System.nanoTime();
      result.complete(new Result(started, latency, errors, bodyBytes, reopened, end));
    }
  }
}
