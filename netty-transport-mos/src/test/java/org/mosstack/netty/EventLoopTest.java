package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;

/** The loops themselves: who owns them, waking, timers, and shutdown. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EventLoopTest {
  private static void end(MosEventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "group's end");
    assertTrue(group.isTerminated());
  }

  @Test
  void theTransportIsAvailable() {
    assertNull(Mos.unavailabilityCause());
    assertTrue(Mos.isAvailable());
    Mos.ensureAvailability();
  }

  @Test
  void oneGroupForAStack() {
    MosStack stack = Net.loopbackStack(2);
    MosEventLoopGroup group = new MosEventLoopGroup(stack);
    assertThrows(IllegalStateException.class, () -> new MosEventLoopGroup(stack));
    assertEquals(2, group.executorCount());
    assertTrue(group.isIoType(MosIoHandler.class));
    end(group);
    assertThrows(IllegalStateException.class, () -> new MosEventLoopGroup(stack));
  }

  @Test
  void loopsAreOnTheGivenThreads() {
    MosEventLoopGroup group =
        new MosEventLoopGroup(Net.loopbackStack(2), new DefaultThreadFactory("mine"));
    for (EventExecutor loop : group) {
      String name = Net.get(loop.submit(() -> Thread.currentThread().getName()), "name").getNow();
      assertTrue(name.startsWith("mine"), name);
    }
    end(group);
  }

  private static MosStack loggingStack(Path logs) {
    return Net.start(
        Net.config(3).set(MosKeys.MOS_LOG, logs), new WireHub(new SplittableRandom(1)));
  }

  private static void assertClosed(Path logs) throws IOException {
    for (int core = 0; core < 3; core++) {
      String log = Files.readString(logs.resolve("log_" + core));
      assertTrue(log.contains(" ended, packet buffers in use: 0\n"), "core " + core + ": " + log);
    }
  }

  /** If one of its loops gets no thread, there is no group, and nothing of it keeps running. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aFactoryThatFailsLeavesNoLoopAndNoStackBehind(int failing, @TempDir Path logs)
      throws Exception {
    List<Thread> threads = new ArrayList<>();
    AtomicInteger calls = new AtomicInteger();
    RuntimeException failure = new RuntimeException("no thread");
    MosStack stack = loggingStack(logs);
    Throwable thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                new MosEventLoopGroup(
                    stack,
                    task -> {
                      if (calls.incrementAndGet() == failing) {
                        throw failure;
                      }
                      Thread thread = new Thread(task);
                      threads.add(thread);
                      return thread;
                    }));
    assertSame(failure, thrown.getCause());
    for (Thread thread : threads) {
      thread.join(TimeUnit.SECONDS.toMillis(Net.TIMEOUT_SECONDS));
      assertFalse(thread.isAlive(), "a loop goes on running");
    }
    assertClosed(logs);
  }

  /** The same with a factory that has run out of threads. */
  @Test
  void aFactoryThatFailsFromSomeLoopOn(@TempDir Path logs) throws IOException {
    AtomicInteger calls = new AtomicInteger();
    MosStack stack = loggingStack(logs);
    OutOfMemoryError failure = new OutOfMemoryError("unable to create native thread");
    Throwable thrown =
        assertThrows(
            OutOfMemoryError.class,
            () ->
                new MosEventLoopGroup(
                    stack,
                    task -> {
                      if (calls.incrementAndGet() > 1) {
                        throw failure;
                      }
                      return new Thread(task);
                    }));
    assertSame(failure, thrown);
    assertClosed(logs);
  }

  @ParameterizedTest
  @EnumSource(IdleStrategy.class)
  void noWakeupIsLost(IdleStrategy strategy) {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(1), strategy);
    EventLoop loop = group.next();
    // A lost wake-up would cost a second: Netty's loops wake up that often by themselves.
    long slowest = 0;
    for (int i = 0; i < 20_000; i++) {
      long start = System.nanoTime();
      Net.get(loop.submit(() -> {}), "task " + i);
      slowest = Math.max(slowest, System.nanoTime() - start);
    }
    assertTrue(slowest < TimeUnit.MILLISECONDS.toNanos(900), "slowest task: " + slowest + " ns");
    end(group);
  }

  @Test
  void manyWakersAtOnce() throws InterruptedException {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(2));
    int threads = 4;
    int tasks = 20_000;
    Semaphore done = new Semaphore(0);
    for (int t = 0; t < threads; t++) {
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = 0; i < tasks; i++) {
                  group.next().execute(done::release);
                }
              });
    }
    assertTrue(done.tryAcquire(threads * tasks, Net.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    end(group);
  }

  @Test
  void anInterruptDoesNotStopALoop() {
    MosEventLoopGroup group = new MosEventLoopGroup(Net.loopbackStack(1));
    EventLoop loop = group.next();
    for (int i = 0; i < 3; i++) {
      Net.get(loop.submit(() -> Thread.currentThread().interrupt()), "interrupt");
      Net.get(loop.schedule(() -> {}, 5, TimeUnit.MILLISECONDS), "timer");
    }
    end(group);
  }

  /** What was written before the shutdown arrives, followed by a FIN. */
  @Test
  void shutdownDrains() {
    shutdownDrains(Net.wire(1, 1), 0, 1);
  }

  /**
   * The client's loop 0 owns the port's only queue and has no connections: it waits for the other
   * loops, whose last packets go through it.
   */
  @Test
  void shutdownDrainsLoopsThatSendThroughAnother() {
    shutdownDrains(Net.wire(2, "cable", 4, "cable,queues=1"), 1, 4);
  }

  /**
   * Uses one connection on each of the client's loops from {@code firstLoop} to {@code endLoop -
   * 1}.
   */
  private static void shutdownDrains(Net started, int firstLoop, int endLoop) {
    int bytes = 60_000; // fits into the send buffer
    AtomicInteger received = new AtomicInteger();
    AtomicInteger resets = new AtomicInteger();
    CountDownLatch inactive = new CountDownLatch(endLoop - firstLoop);
    try (Net net = started) {
      InetSocketAddress address =
          net.bind(
              channel ->
                  channel
                      .pipeline()
                      .addLast(
                          new SimpleChannelInboundHandler<ByteBuf>() {
                            @Override
                            protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
                              received.addAndGet(msg.readableBytes());
                            }

                            @Override
                            public void channelInactive(ChannelHandlerContext ctx) {
                              inactive.countDown();
                            }

                            @Override
                            public void exceptionCaught(ChannelHandlerContext c, Throwable t) {
                              resets.incrementAndGet();
                            }
                          }));
      List<Channel> clients = new ArrayList<>();
      List<ChannelFuture> writes = new ArrayList<>();
      List<EventExecutor> loops = new ArrayList<>();
      net.clientGroup.forEach(loops::add);
      for (int i = firstLoop; i < endLoop; i++) {
        Bootstrap bootstrap = net.client(_ -> {}).clone((EventLoop) loops.get(i));
        Channel client = Net.get(bootstrap.connect(address), "connect").channel();
        clients.add(client);
        writes.add(client.writeAndFlush(client.alloc().directBuffer().writeZero(bytes)));
      }
      writes.forEach(write -> Net.get(write, "write"));
      Future<?> end = net.clientGroup.shutdownGracefully(0, 10, TimeUnit.SECONDS);
      assertTrue(awaitAll(inactive), "ends of streams: " + inactive.getCount() + " missing");
      Net.get(end, "client group's end");
      assertEquals(bytes * clients.size(), received.get());
      assertEquals(0, resets.get());
      clients.forEach(client -> assertFalse(client.isOpen()));
    }
  }

  private static boolean awaitAll(CountDownLatch latch) {
    try {
      return latch.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** With a peer that never closes its side, the shutdown takes its time limit and no longer. */
  @Test
  void shutdownEndsWithinItsLimit() {
    try (Net net = Net.wire(1, 1)) {
      Recorder server =
          new Recorder() {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
              ctx.channel().config().setAutoRead(false);
              super.channelActive(ctx);
            }
          };
      InetSocketAddress address = net.bind(channel -> channel.pipeline().addLast(server));
      Channel client = net.connect(address, _ -> {});
      server.expect("active");
      client.config().setOption(ChannelOption.SO_LINGER, 100);
      Net.get(client.eventLoop().submit(() -> {}), "the option's turn");
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeZero(60_000)), "write");
      ChannelFuture closed = client.closeFuture();
      long start = System.nanoTime();
      Net.get(net.clientGroup.shutdownGracefully(0, 300, TimeUnit.MILLISECONDS), "end");
      long took = System.nanoTime() - start;
      assertTrue(took < TimeUnit.SECONDS.toNanos(10), "took " + took);
      assertTrue(closed.isDone());
      server.channel.config().setAutoRead(true);
      server.channel.pipeline().addFirst(new ChannelInboundHandlerAdapter());
      Net.await(server.channel.closeFuture(), "reset");
    }
  }
}
