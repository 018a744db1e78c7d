package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.MosStack;
import org.mosstack.StackLease;

/** Groups on the stack that a process shares: {@link MosEventLoopGroup#MosEventLoopGroup()}. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SharedLoopsTest {
  private static final InetSocketAddress ANY = new InetSocketAddress("127.0.0.1", 0);

  private final Queue<Channel> accepted = new ConcurrentLinkedQueue<>();
  private final List<EventLoopGroup> groups = new ArrayList<>();

  /** Sends back what it reads. */
  private final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      accepted.add(ctx.channel());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.writeAndFlush(msg);
    }
  }

  /** Waits for an echo. */
  private static final class Asking extends SimpleChannelInboundHandler<ByteBuf> {
    private Promise<Long> answer;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      answer.setSuccess(msg.readLong());
    }
  }

  private MosEventLoopGroup group() {
    MosEventLoopGroup group = new MosEventLoopGroup();
    groups.add(group);
    return group;
  }

  @AfterEach
  void endAll() {
    MosStack stack;
    try (StackLease lease = StackLease.take()) {
      stack = lease.stack();
    }
    groups.forEach(SharedLoopsTest::end);
    assertTrue(hasEnded(stack), "the stack goes on without a group");
    assertEquals(0, stack.flows());
  }

  private static boolean hasEnded(MosStack stack) {
    return !stack.core(0).execute(() -> {});
  }

  private static void end(EventLoopGroup group) {
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
  }

  private Channel listen(EventLoopGroup boss, EventLoopGroup workers) {
    return listen(boss, workers, ANY);
  }

  private Channel listen(EventLoopGroup boss, EventLoopGroup workers, SocketAddress address) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(boss, workers)
            .channel(MosServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new Echo());
                  }
                });
    return Net.get(bootstrap.bind(address), "bind").channel();
  }

  private static Channel connect(EventLoopGroup group, SocketAddress to, ChannelHandler handler) {
    Bootstrap bootstrap =
        new Bootstrap().group(group).channel(MosSocketChannel.class).handler(handler);
    return Net.get(bootstrap.connect(to), "connect").channel();
  }

  private static Channel connect(EventLoopGroup group, SocketAddress to) {
    return connect(group, to, new Asking());
  }

  /** Sends a number, and waits until it comes back. */
  private static void ask(Channel channel, long number) {
    Promise<Long> answer = ImmediateEventExecutor.INSTANCE.newPromise();
    channel
        .eventLoop()
        .execute(
            () -> {
              channel.pipeline().get(Asking.class).answer = answer;
              channel.writeAndFlush(Unpooled.copyLong(number));
            });
    assertEquals(number, Net.get(answer, "an answer").getNow());
  }

  @Test
  void aDaemonDoesntKeepTheProcessRunning() throws InterruptedException {
    groups.add(MosEventLoopGroup.daemon());
    assertEquals(List.of(), holders());
    EventLoopGroup first = group();
    group();
    List<Thread> holders = holders();
    assertEquals(1, holders.size());
    Net.get(first.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    assertEquals(holders, holders());
    Net.get(groups.getLast().shutdownGracefully(0, 5, TimeUnit.SECONDS), "a group's end");
    holders.getFirst().join();
  }

  /** The transport's threads that keep the process running. */
  private static List<Thread> holders() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("mos-") && !thread.isDaemon())
        .toList();
  }

  @Test
  void groupsMeetOnOneStackAndEndOneByOne() {
    MosEventLoopGroup boss = group();
    MosEventLoopGroup workers = group();
    MosEventLoopGroup clients = group();
    MosEventLoopGroup others = group();
    SocketAddress address = listen(boss, workers).localAddress();
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      channels.add(connect(clients, address));
      ask(channels.getLast(), i);
    }
    Channel other = connect(others, address);
    ask(other, 100);
    for (Channel channel : accepted) {
      assertSame(workers, channel.eventLoop().parent());
      assertSame(
          LeasedLoop.underlying(channel.eventLoop()),
          CoreLoop.of(((MosSocketChannel) channel).home().core()).loop(),
          "an accepted channel is on its connection's core");
    }
    end(clients);
    channels.forEach(channel -> assertFalse(channel.isOpen()));
    assertTrue(clients.isTerminated());
    assertFalse(workers.isShuttingDown());
    ask(other, 101); // the others go on
    end(workers);
    assertFalse(other.eventLoop().isShuttingDown());
    Net.await(other.closeFuture(), "the end of the connection"); // by the worker's end
  }

  @Test
  void itsThreadsAreKnown() {
    assertFalse(MosEventLoopGroup.isSharedLoop(Thread.currentThread()));
    for (EventExecutor loop : group()) {
      Thread thread = Net.get(loop.submit(Thread::currentThread), "its thread").getNow();
      assertTrue(MosEventLoopGroup.isSharedLoop(thread));
    }
  }

  @Test
  void aGroupsTasksEndWithIt() {
    MosEventLoopGroup kept = group();
    MosEventLoopGroup ended = group();
    EventLoop loop = ended.next();
    AtomicInteger runs = new AtomicInteger();
    Future<?> once = loop.schedule(runs::incrementAndGet, 1, TimeUnit.HOURS);
    Future<?> often = loop.scheduleAtFixedRate(() -> {}, 0, 1, TimeUnit.MILLISECONDS);
    Future<?> done = loop.schedule(() -> {}, 0, TimeUnit.NANOSECONDS);
    Net.get(done, "a task");
    Net.get(loop.submit(() -> assertTrue(loop.inEventLoop())), "a task");
    end(ended);
    assertTrue(once.isCancelled());
    assertTrue(often.isCancelled());
    assertEquals(0, runs.get());
    assertTrue(loop.isTerminated());
    assertThrows(RejectedExecutionException.class, () -> loop.execute(() -> {}));
    assertThrows(
        RejectedExecutionException.class, () -> loop.schedule(() -> {}, 1, TimeUnit.SECONDS));
    Channel late = new MosSocketChannel();
    assertFalse(Net.await(loop.register(late), "a registration").isSuccess());
    Net.get(kept.next().submit(() -> {}), "a task of another group's on the same loops");
  }

  @Test
  void aLoopOfAGroupCanEndAlone() {
    MosEventLoopGroup group = group();
    EventLoop first = group.next();
    EventLoop second = group.next();
    Net.get(first.shutdownGracefully(0, 5, TimeUnit.SECONDS), "a loop's end");
    if (second != first) {
      Net.get(second.submit(() -> {}), "a task of the group's other loop");
      assertFalse(group.isTerminated());
    }
  }

  @Test
  void tasksLengthenTheQuietPeriodUntilTheTimeout() {
    MosEventLoopGroup ended = group();
    group();
    EventLoop loop = ended.next();
    List<Long> runs = new ArrayList<>();
    Future<?> end = ended.shutdownGracefully(300, 60_000, TimeUnit.MILLISECONDS);
    assertTrue(ended.isShuttingDown());
    Promise<Void> all = ImmediateEventExecutor.INSTANCE.newPromise();
    loop.execute(
        new Runnable() {
          @Override
          public void run() {
            assertFalse(end.isDone(), "it ended amid its tasks");
            runs.add(System.nanoTime());
            if (runs.size() < 10) {
              loop.schedule(() -> loop.execute(this), 50, TimeUnit.MILLISECONDS);
            } else {
              all.setSuccess(null);
            }
          }
        });
    Net.get(all, "the tasks");
    Net.get(end, "a group's end");
    long quiet = System.nanoTime() - runs.getLast();
    assertTrue(quiet >= TimeUnit.MILLISECONDS.toNanos(300), () -> "ended after " + quiet + " ns");
  }

  @Test
  void whatALoopOfItsIsGivenEndsWithTheGroup() {
    MosEventLoopGroup proxies = group();
    MosEventLoopGroup servers = group();
    SocketAddress address = listen(servers, servers).localAddress();
    Channel first = connect(proxies, address);
    // As a proxy connects: on the loop of the channel that it has.
    Channel second = connect(first.eventLoop(), address);
    assertSame(first.eventLoop(), second.eventLoop());
    Channel datagrams =
        Net.get(
                new Bootstrap()
                    .group(proxies)
                    .channel(NioDatagramChannel.class)
                    .handler(new ChannelInboundHandlerAdapter())
                    .bind(ANY),
                "bind")
            .channel();
    ask(second, 7);
    end(proxies);
    assertFalse(first.isOpen());
    assertFalse(second.isOpen());
    assertFalse(datagrams.isOpen());
    assertTrue(accepted.stream().allMatch(channel -> channel.eventLoop().parent() == servers));
  }

  @Test
  void channelsGoFromGroupToGroup() {
    MosEventLoopGroup first = group();
    MosEventLoopGroup second = group();
    MosEventLoopGroup servers = group();
    SocketAddress address = listen(servers, servers).localAddress();
    List<Channel> channels = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Channel channel = connect(first, address);
      ask(channel, i);
      Net.get(channel.deregister(), "deregister");
      Net.get(second.register(channel), "register");
      assertSame(second, channel.eventLoop().parent());
      ask(channel, 10 + i);
      channels.add(channel);
    }
    end(first);
    for (Channel channel : channels) {
      ask(channel, 20);
    }
    end(second);
    channels.forEach(channel -> assertFalse(channel.isOpen()));
  }

  @Test
  void channelsOnForeignLoopsAreOnTheSameStack() {
    EventLoopGroup nio = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    groups.add(nio);
    MosStack stack = MosStack.shared();
    try {
      SocketAddress address = listen(group(), group()).localAddress();
      Bootstrap bootstrap =
          new Bootstrap()
              .group(nio)
              .channelFactory(() -> new MosSocketChannel(stack))
              .handler(new Asking());
      Channel channel = Net.get(bootstrap.connect(address), "connect").channel();
      ask(channel, 3);
      // One of another group's, on a thread that has such a link already.
      Channel near = connect(groups.getLast(), address);
      ask(near, 4);
      Net.get(channel.close(), "close");
    } finally {
      stack.close();
    }
  }

  @Test
  void groupsComeAndGoAtOnce() throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    List<Thread> users = new ArrayList<>();
    for (int user = 0; user < 3; user++) {
      users.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int round = 0; round < 20; round++) {
                        useOnce();
                      }
                    } catch (Throwable t) {
                      synchronized (failures) {
                        failures.add(t);
                      }
                    }
                  }));
    }
    for (Thread user : users) {
      user.join();
    }
    assertEquals(List.of(), failures);
  }

  private void useOnce() {
    MosEventLoopGroup group = new MosEventLoopGroup();
    try {
      Channel channel = connect(group, listen(group, group).localAddress());
      ask(channel, 5);
    } finally {
      end(group);
    }
    for (EventExecutor loop : group) {
      assertTrue(loop.isTerminated());
    }
  }

  @Test
  void coresWithThreadsOfTheirOwnEndWithIt(@TempDir Path folder) throws IOException {
    String configuration =
        """
        application {
          type = end
          run = app
        }
        mos {
          cores = separate
          netdev {
            dpdk0 0x1 10.0.0.1/24 wire=end
          }
        }
        """;
    Path file = Files.writeString(folder.resolve("mos.conf"), configuration);
    System.setProperty("mos.conf", file.toString());
    try {
      MosEventLoopGroup group = group();
      Channel server = listen(group, group());
      Channel channel = connect(group, server.localAddress());
      ask(channel, 1);
      assertNull(CoreLoop.of(((MosSocketChannel) channel).home().core()));
      endAll();
    } finally {
      System.clearProperty("mos.conf");
    }
  }

  @Test
  void aPlainGroupsLoopsDriveIt() {
    EventLoopGroup plain = new MultiThreadIoEventLoopGroup(2, MosIoHandler.newFactory());
    groups.add(plain);
    try {
      Channel server = listen(plain, plain);
      ask(connect(plain, server.localAddress()), 1);
      ask(connect(group(), server.localAddress()), 2);
    } finally {
      MosStack.shared().close();
    }
  }

  /** A service that is moved without a configuration is told why it gets nowhere. */
  @Test
  void withoutAPortOnlyThisProcessIsReached() {
    assertUnreachable("10.1.2.3", "Network is unreachable");
    assertUnreachable("127.0.0.1", "Connection refused");
  }

  private void assertUnreachable(String host, String kernelText) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(group())
            .channel(MosSocketChannel.class)
            .handler(new ChannelInboundHandlerAdapter());
    Throwable cause = Net.await(bootstrap.connect(host, 6379), "connect").cause();
    assertTrue(cause.getMessage().startsWith(kernelText), cause.getMessage());
    assertTrue(cause.getMessage().contains("-Dmos.conf=FILE"), cause.getMessage());
  }

  @Test
  void theSharedStackHasItsLoopsInCommon() {
    MosStack stack = MosStack.shared();
    try {
      String told =
          assertThrows(IllegalArgumentException.class, () -> new MosEventLoopGroup(stack))
              .getMessage();
      assertTrue(told.endsWith("new MosEventLoopGroup()"), told);
    } finally {
      stack.close();
    }
  }

  /** A server for everybody, on a stack that only this process sees. */
  @Test
  void aServerThatNobodyOutsideSeesSaysSoOnce() {
    try (LogLines log = new LogLines(LoopbackOnly.class)) {
      MosEventLoopGroup group = group();
      listen(group, group);
      assertEquals(List.of(), log.lines());
      listen(group, group, new InetSocketAddress(0));
      listen(group, group, new InetSocketAddress(0));
      assertEquals(1, log.lines().size());
      assertTrue(log.lines().getFirst().contains("-Dmos.conf=FILE"), log.lines()::toString);
    }
  }
}
