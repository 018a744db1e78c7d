package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.AppenderBase;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.ConfigException;
import org.mosstack.stats.Counter;
import org.slf4j.LoggerFactory;

/** Whatever holds up a loop for too long is found while it does, and every such turn counted. */
class SlowTurnsTest {
  /** Much longer than a busy machine keeps a thread from running. */
  private static final int LIMIT_MILLIS = 1000;

  private static final long LIMIT_NANOS = TimeUnit.MILLISECONDS.toNanos(LIMIT_MILLIS);

  private final Queue<ILoggingEvent> events = new ConcurrentLinkedQueue<>();
  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          events.add(event);
        }
      };

  /** Those of other tests' stacks. */
  private final Set<Thread> others = Set.copyOf(threads());

  private static Logger logger() {
    return (Logger) LoggerFactory.getLogger(SlowTurns.class);
  }

  @BeforeEach
  void listen() {
    log.start();
    logger().addAppender(log);
    System.setProperty(SlowTurns.PROPERTY, Integer.toString(LIMIT_MILLIS));
  }

  @AfterEach
  void stopListening() {
    System.clearProperty(SlowTurns.PROPERTY);
    logger().detachAppender(log);
  }

  @Test
  void theFirstIsLoggedWithTheHandlersStackTraceAndAllAreCounted() throws InterruptedException {
    try (Net net = Net.loopback(1)) {
      Echo echo = new Echo(net, () -> untilLogged(1));
      assertEquals(0, net.serverStack.count(Counter.SLOW_TURNS));
      echo.roundTrip();
      assertEquals(1, net.serverStack.count(Counter.SLOW_TURNS));
      ILoggingEvent event = events.element();
      String message = event.getFormattedMessage();
      assertTrue(message.startsWith("Core 0, thread "), message);
      assertTrue(message.contains("-Dmos.slowTurnMillis=N"), message);
      StackTraceElementProxy[] trace = event.getThrowableProxy().getStackTraceElementProxyArray();
      assertTrue(
          Arrays.stream(trace)
              .map(StackTraceElementProxy::getStackTraceElement)
              .anyMatch(frame -> frame.getMethodName().equals("untilLogged")),
          Arrays.toString(trace));

      echo.work = () -> untilSlow(net.serverStack);
      echo.roundTrip();
      assertEquals(2, net.serverStack.count(Counter.SLOW_TURNS));
      assertEquals(1, events.size());
    }
  }

  /** Tasks of the loop are run between its turns' packets, and hold those up as well. */
  @Test
  void aTaskIsFoundToo() throws InterruptedException {
    try (Net net = Net.loopback(1)) {
      Echo echo = new Echo(net, () -> {});
      Future<?> task = net.serverGroup.next().submit(() -> untilLogged(1));
      Net.get(task, "task");
      echo.roundTrip();
      assertEquals(1, net.serverStack.count(Counter.SLOW_TURNS));
      assertEquals(1, events.size());
    }
  }

  /** Each of two loops has its own; the thread that looks for them ends when both are told. */
  @Test
  void eachLoopsFirstIsLogged() throws InterruptedException {
    try (Net net = Net.loopback(2)) {
      List<? extends Future<?>> tasks =
          List.of(
              net.serverGroup.next().submit(() -> untilLogged(2)),
              net.serverGroup.next().submit(() -> untilLogged(2)));
      tasks.forEach(task -> Net.get(task, "task"));
      awaitEndOfWatcher();
    }
  }

  @Test
  void theWatcherEndsWithTheLoops() throws InterruptedException {
    try (Net net = Net.loopback(1)) {
      assertEquals(1, watchers().size());
      assertTrue(watchers().getFirst().isDaemon());
      assertEquals(0, net.serverStack.count(Counter.SLOW_TURNS));
    }
    awaitEndOfWatcher();
    assertEquals(0, events.size());
  }

  @Test
  void zeroTurnsItOff() throws InterruptedException {
    System.setProperty(SlowTurns.PROPERTY, "0");
    try (Net net = Net.loopback(1)) {
      assertEquals(List.of(), watchers());
      Echo echo = new Echo(net, () -> untilSlow(net.serverStack));
      echo.roundTrip();
      assertEquals(0, net.serverStack.count(Counter.SLOW_TURNS));
      assertEquals(0, events.size());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "-1", "3600001", "1.5", "99999999999"})
  void anythingElseIsRefusedInOneLine(String value) {
    System.setProperty(SlowTurns.PROPERTY, value);
    MosStack stack = Net.loopbackStack(1);
    ConfigException refused =
        assertThrows(ConfigException.class, () -> new MosEventLoopGroup(stack));
    assertEquals(
        "mos.slowTurnMillis: read \""
            + value
            + "\", allowed: milliseconds, 1 to 3600000, or 0 to look for no slow turns",
        refused.getMessage());
    stack.close();
  }

  /** Blocks the loop until this many have been logged, as a handler that waits for a reply does. */
  private void untilLogged(int count) {
    await(() -> events.size() >= count, "nothing was logged");
  }

  /** Blocks the only loop until its turn is slow. */
  private static void untilSlow(MosStack stack) {
    StackCore core = stack.core(0);
    await(() -> core.turnNanos() >= LIMIT_NANOS, "the turn never got slow");
  }

  private static void await(BooleanSupplier condition, String otherwise) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      assertTrue(
          System.nanoTime() - start < TimeUnit.SECONDS.toNanos(Net.TIMEOUT_SECONDS), otherwise);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  private static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().equals(SlowTurns.THREAD_NAME))
        .toList();
  }

  private List<Thread> watchers() {
    return threads().stream().filter(thread -> !others.contains(thread)).toList();
  }

  private void awaitEndOfWatcher() throws InterruptedException {
    for (Thread watcher : watchers()) {
      watcher.join(TimeUnit.SECONDS.toMillis(Net.TIMEOUT_SECONDS));
    }
    assertEquals(List.of(), watchers());
  }

  /** A connection whose server does some work before it answers. */
  private static final class Echo {
    volatile Runnable work;
    private final Semaphore answers = new Semaphore(0);
    private final Channel client;

    Echo(Net net, Runnable work) {
      this.work = work;
      InetSocketAddress address = net.bind(channel -> channel.pipeline().addLast(new Server(net)));
      client = net.connect(address, channel -> channel.pipeline().addLast(new Client()));
    }

    /** Sends a byte and waits for it, which comes back in a later turn than the work. */
    void roundTrip() throws InterruptedException {
      client.writeAndFlush(client.alloc().directBuffer().writeByte(1));
      assertTrue(answers.tryAcquire(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS), "no answer");
    }

    private final class Server extends SimpleChannelInboundHandler<ByteBuf> {
      private final Net net;

      Server(Net net) {
        this.net = net;
      }

      @Override
      protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
        work.run();
        ctx.writeAndFlush(message.retain());
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        net.fail(cause);
        answers.release();
      }
    }

    private final class Client extends SimpleChannelInboundHandler<ByteBuf> {
      @Override
      protected void channelRead0(ChannelHandlerContext ctx, ByteBuf message) {
        answers.release();
      }
    }
  }
}
