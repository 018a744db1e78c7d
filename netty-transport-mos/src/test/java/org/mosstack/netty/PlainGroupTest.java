package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;

/** Loops of Netty's own that drive a stack: {@link MosIoHandler#newFactory}. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class PlainGroupTest {
  private static final int CONNECTIONS = 60;
  private static final String LOOPBACK = "127.0.0.1";
  private static final String ADDRESS = "10.0.0.3";
  private static final String PEER = "10.0.0.1";

  /** The loops that echoed something. */
  private final Set<EventLoop> serving = ConcurrentHashMap.newKeySet();

  /** A stack of the test, and another one at the other end of the wire. */
  private static final class Cable implements AutoCloseable {
    private final MosStack stack;
    private final MosEventLoopGroup peer;

    Cable(int cores, String wire) {
      WireHub hub = new WireHub(new SplittableRandom(3));
      String all = " " + CoreMask.range(cores) + " ";
      stack =
          Net.start(Net.config(cores).netdev("wire0" + all + ADDRESS + "/24 wire=" + wire), hub);
      peer =
          new MosEventLoopGroup(
              Net.start(Net.config(1).netdev("wire0 0x1 " + PEER + "/24 wire=cable"), hub));
    }

    @Override
    public void close() {
      end(peer);
      assertTrue(isClosed(stack));
    }
  }

  private static IoEventLoopGroup group(MosStack stack, int loops) {
    return new MultiThreadIoEventLoopGroup(loops, MosIoHandler.newFactory(stack));
  }

  private static void end(EventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "group's end");
  }

  private static boolean isClosed(MosStack stack) {
    for (int i = 0; i < stack.cores(); i++) {
      if (stack.core(i).execute(() -> {})) {
        return false;
      }
    }
    return true;
  }

  /** Starts all loops, one after the other. */
  private static void startAll(EventLoopGroup group) {
    for (EventExecutor loop : group) {
      Net.get(loop.submit(() -> {}), "a loop's start");
    }
  }

  private final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      serving.add(ctx.channel().eventLoop());
      ctx.writeAndFlush(msg);
    }
  }

  private Channel listen(EventLoopGroup boss, EventLoopGroup workers, String address) {
    return Net.get(
            new ServerBootstrap()
                .group(boss, workers)
                .channel(MosServerSocketChannel.class)
                .childHandler(
                    new ChannelInitializer<>() {
                      @Override
                      protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Echo());
                      }
                    })
                .bind(address, 0),
            "bind")
        .channel();
  }

  private static final class Sender extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<Integer> echoed = ImmediateEventExecutor.INSTANCE.newPromise();
    private int received;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      received += msg.readableBytes();
      if (received == 1000) {
        echoed.trySuccess(received);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      echoed.tryFailure(new AssertionError("closed after " + received + " bytes"));
    }
  }

  private static Channel connect(EventLoopGroup group, Channel server, Sender sender) {
    return Net.get(
            new Bootstrap()
                .group(group)
                .channel(MosSocketChannel.class)
                .handler(sender)
                .connect(server.localAddress()),
            "connect")
        .channel();
  }

  private static void exchange(Channel client, Sender sender) {
    client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000]));
    Net.get(sender.echoed, "echo");
  }

  /** Opens connections one after the other, sends something over each, and closes them. */
  private void exchange(EventLoopGroup clients, Channel server) {
    List<Channel> open = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Sender sender = new Sender();
      Channel client = connect(clients, server, sender);
      exchange(client, sender);
      open.add(client);
    }
    open.forEach(client -> Net.get(client.close(), "close"));
  }

  /** Fewer loops than cores, as many, and more. */
  @ParameterizedTest
  @CsvSource({"1, 1", "3, 1", "3, 2", "3, 3", "1, 4", "2, 5"})
  void echoesWithAnyNumberOfLoops(int cores, int loops) {
    MosStack stack = Net.loopbackStack(cores);
    IoEventLoopGroup group = group(stack, loops);
    startAll(group);
    // Those with a core: the first to start.
    List<EventLoop> driving = new ArrayList<>();
    group.forEach(loop -> driving.add((EventLoop) loop));
    EventLoopGroup clients = driving.getFirst();
    Channel server = listen(clients, group, LOOPBACK);
    exchange(clients, server);
    assertTrue(driving.subList(0, Math.min(cores, loops)).containsAll(serving), "loops " + serving);
    Quiescence.awaitNoConnections(stack);
    end(group);
    assertTrue(isClosed(stack));
  }

  @Test
  void threadsAndExecutorsOfAnyKind() {
    MosStack first = Net.loopbackStack(2);
    EventLoopGroup threads =
        new MultiThreadIoEventLoopGroup(
            2,
            Thread.ofPlatform().name("mine").factory(),
            MosIoHandler.newFactory(first, IdleStrategy.BUSY));
    assertEquals(
        "mine", Net.get(threads.submit(() -> Thread.currentThread().getName()), "name").getNow());
    exchange(threads, listen(threads, threads, LOOPBACK));
    end(threads);
    MosStack second = Net.loopbackStack(2);
    try (ExecutorService pool = Executors.newCachedThreadPool()) {
      EventLoopGroup pooled =
          new MultiThreadIoEventLoopGroup(2, pool, MosIoHandler.newFactory(second));
      exchange(pooled, listen(pooled, pooled, LOOPBACK));
      end(pooled);
    }
    assertTrue(isClosed(second));
  }

  /** What arrives at a core without a loop is served by those that have one. */
  @Test
  void loopsThatStartLaterJoin() {
    MosStack stack = Net.loopbackStack(4);
    IoEventLoopGroup group = group(stack, 4);
    EventLoop first = group.next();
    Channel server = listen(first, first, LOOPBACK);
    exchange(first, server);
    assertEquals(Set.of(first), serving);
    startAll(group);
    exchange(group, server);
    Set<EventLoop> all = new HashSet<>();
    group.forEach(loop -> all.add((EventLoop) loop));
    assertEquals(all, serving);
    Quiescence.awaitNoConnections(stack);
    end(group);
    assertTrue(isClosed(stack));
  }

  /** A boss group that outlives its workers, and the other way round. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theStackEndsWithTheLastOfSeveralGroups(boolean bossEndsFirst) {
    MosStack stack = Net.loopbackStack(2);
    EventLoopGroup boss = group(stack, 1);
    EventLoopGroup workers = group(stack, 1);
    Channel server = listen(boss, workers, LOOPBACK);
    startAll(workers);
    exchange(workers, server);
    end(bossEndsFirst ? boss : workers);
    assertFalse(isClosed(stack));
    EventLoopGroup last = bossEndsFirst ? workers : boss;
    serving.clear();
    exchange(last, listen(last, last, LOOPBACK));
    assertEquals(Set.of(last.next()), serving);
    end(last);
    assertTrue(isClosed(stack));
  }

  /**
   * A connection goes on while the loop of another core, which its packets pass, comes to an end.
   */
  @Test
  void connectionsGoOnWhenAnotherLoopEnds() {
    try (Cable cable = new Cable(2, "cable,queues=1")) {
      EventLoopGroup owner = group(cable.stack, 1); // of the port's only queue
      startAll(owner);
      EventLoopGroup other = group(cable.stack, 1);
      Channel server = listen(cable.peer, cable.peer, PEER);
      Sender before = new Sender();
      Channel client = connect(other, server, before);
      exchange(client, before);
      end(owner);
      Sender after = new Sender();
      client.pipeline().replace(before, "after", after);
      exchange(client, after);
      Net.get(client.close(), "close");
      end(other);
    }
  }

  /** Its channels are served all the same, from afar; a core that becomes free is its own. */
  @Test
  void aLoopWithoutACoreTakesTheNextThatIsFree() {
    MosStack stack = Net.loopbackStack(1);
    EventLoopGroup driving = group(stack, 1);
    startAll(driving);
    EventLoopGroup waiting = group(stack, 1);
    exchange(waiting, listen(waiting, waiting, LOOPBACK));
    assertEquals(Set.of(waiting.next()), serving);
    assertNotEquals(waiting.next(), CoreLoop.of(stack.core(0)).loop());
    end(driving);
    exchange(waiting, listen(waiting, waiting, LOOPBACK));
    assertEquals(waiting.next(), CoreLoop.of(stack.core(0)).loop());
    end(waiting);
    assertTrue(isClosed(stack));
  }

  @Test
  void aGroupOfTheTransportsOwnNeedsAllCores() {
    MosStack stack = Net.loopbackStack(2);
    EventLoopGroup plain = group(stack, 1);
    startAll(plain);
    assertThrows(IllegalStateException.class, () -> new MosEventLoopGroup(stack));
    end(plain);
  }

  /** What was written before the shutdown arrives, followed by a FIN. */
  @Test
  void whatWasWrittenIsSentBeforeTheEnd() {
    try (Cable cable = new Cable(2, "cable")) {
      Promise<Integer> received = ImmediateEventExecutor.INSTANCE.newPromise();
      Channel server =
          Net.get(
                  new ServerBootstrap()
                      .group(cable.peer)
                      .channel(MosServerSocketChannel.class)
                      .childHandler(new Counting(received))
                      .bind(PEER, 0),
                  "bind")
              .channel();
      EventLoopGroup group = group(cable.stack, 2);
      Channel client =
          Net.get(
                  new Bootstrap()
                      .group(group)
                      .channel(MosSocketChannel.class)
                      .handler(new ChannelInboundHandlerAdapter())
                      .connect(server.localAddress()),
                  "connect")
              .channel();
      Net.get(client.writeAndFlush(Unpooled.wrappedBuffer(new byte[60_000])), "write");
      end(group);
      assertEquals(60_000, Net.get(received, "bytes").getNow());
    }
  }

  /**
   * Groups that come and go leave nothing behind, in DPDK neither: it has 128 lcores, and a thread
   * that drives a port takes one.
   */
  @Test
  void groupsOverMemifThatComeAndGo(@TempDir Path logs) throws Exception {
    assumeTrue(DpdkInstallation.isThere(), DpdkInstallation.MISSING);
    String memif = "/24 net_memif=role=server,socket=" + logs.resolve("memif");
    MosStack stack =
        Net.start(
            Net.config(2)
                .set(MosKeys.MAX_NUM_BUFFERS, 4096)
                .set(MosKeys.MOS_LOG, logs)
                .netdev("memif0 0x3 10.0.1.1" + memif + "0.sock")
                .netdev("memif1 0x3 10.0.2.1" + memif + "1.sock"),
            null);
    EventLoopGroup lasting = group(stack, 1);
    startAll(lasting);
    for (int i = 0; i < 200; i++) {
      EventLoopGroup passing = group(stack, 1);
      startAll(passing);
      end(passing);
    }
    end(lasting);
    assertTrue(isClosed(stack));
    for (int core = 0; core < 2; core++) {
      String log = Files.readString(logs.resolve("log_" + core));
      assertTrue(log.contains(" ended, packet buffers in use: 0\n"), log);
      assertFalse(log.contains("nobody to drive it"), log);
    }
  }

  /** The threads of an executor do something else afterwards, on any CPU. */
  @Test
  void threadsGetTheirCpusBack() throws Exception {
    MosStack stack =
        MosStack.start(Net.config(1).set(MosKeys.CORE_MASK, CoreMask.range(1)).build());
    try (ExecutorService pool = Executors.newSingleThreadExecutor()) {
      String before = pool.submit(PlainGroupTest::allowedCpus).get();
      EventLoopGroup group =
          new MultiThreadIoEventLoopGroup(1, pool, MosIoHandler.newFactory(stack));
      assertEquals("0", Net.get(group.submit(PlainGroupTest::allowedCpus), "CPUs").getNow());
      end(group);
      assertEquals(before, pool.submit(PlainGroupTest::allowedCpus).get());
    }
  }

  private static String allowedCpus() throws Exception {
    return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
        .filter(line -> line.startsWith("Cpus_allowed_list:"))
        .findFirst()
        .orElseThrow()
        .split("\\s+")[1];
  }

  /** The flows of cores without a loop are passed on, and none gets lost. */
  @Test
  void flowsOfUnclaimedCoresArePassedOn() {
    try (Cable cable = new Cable(3, "cable,queues=1")) {
      EventLoopGroup group = group(cable.stack, 1);
      Channel server = listen(group, group, ADDRESS);
      exchange(cable.peer, server);
      assertEquals(Set.of(group.next()), serving);
      assertEquals(0, cable.stack.count(Counter.DROP_CORE_RING_FULL));
      assertEquals(0, cable.stack.count(Counter.HANDLER_EXCEPTIONS));
      Quiescence.awaitNoConnections(cable.stack);
      end(group);
    }
  }
}
