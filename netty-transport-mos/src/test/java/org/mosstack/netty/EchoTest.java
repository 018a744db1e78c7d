package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes through two stacks and back, with any number of loops and each way to bind. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class EchoTest {
  private static final int CONNECTIONS = 24;
  private static final int BYTES_EACH = 256 * 1024;

  private enum Bind {
    /** One server channel listens on all cores. */
    ALL,
    /** A server channel on each loop. */
    PER_LOOP,
    /** One server channel; its children belong to another transport's group. */
    FOREIGN_CHILD_GROUP
  }

  private final Map<Channel, Thread> childThreads = new ConcurrentHashMap<>();
  private final Set<EventLoop> childLoops = ConcurrentHashMap.newKeySet();
  private final AtomicInteger wrongLoops = new AtomicInteger();

  @ParameterizedTest
  @CsvSource({
    "wire, 1, 1, ALL",
    "wire, 2, 1, ALL",
    "wire, 4, 2, ALL",
    "wire, 2, 4, PER_LOOP",
    "wire, 2, 2, FOREIGN_CHILD_GROUP",
    "memif, 1, 1, ALL",
    "memif, 2, 2, PER_LOOP",
    "memif, 3, 1, ALL",
    "memif, 1, 5, FOREIGN_CHILD_GROUP",
    "loopback, 1, 1, ALL",
    "loopback, 2, 2, ALL",
    "loopback, 4, 4, ALL",
    "loopback, 4, 4, PER_LOOP",
    "loopback, 2, 2, FOREIGN_CHILD_GROUP",
  })
  void echoes(String medium, int serverCores, int clientCores, Bind bind) throws Exception {
    EventLoopGroup foreign =
        bind == Bind.FOREIGN_CHILD_GROUP
            ? new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())
            : null;
    try (Net net = net(medium, serverCores, clientCores)) {
      exchange(net, bind(net, bind, foreign), CONNECTIONS, BYTES_EACH);
      if (serverCores > 1 && foreign == null) {
        assertTrue(childLoops.size() > 1, "all flows on one core: " + childLoops);
      }
    } finally {
      if (foreign != null) {
        Net.get(foreign.shutdownGracefully(0, 5, TimeUnit.SECONDS), "foreign group's end");
      }
    }
  }

  private static Net net(String medium, int serverCores, int clientCores) {
    return switch (medium) {
      case "wire" -> Net.wire(serverCores, clientCores);
      case "memif" -> Net.memif(serverCores, clientCores);
      default -> Net.loopback(serverCores);
    };
  }

  /** More loops than CPUs, on ports with fewer queues than loops. */
  @ParameterizedTest
  @CsvSource({"17, queues=1, 17, queues=2, ALL", "5, queues=2, 17, rss=0, PER_LOOP"})
  void echoesWithSteeredFlows(
      int serverCores, String serverWire, int clientCores, String clientWire, Bind bind)
      throws Exception {
    try (Net net =
        Net.wire(serverCores, "cable," + serverWire, clientCores, "cable," + clientWire)) {
      exchange(net, bind(net, bind, null), 300, 20_000);
      Quiescence.awaitNoBuffers(net.serverGroup);
      Quiescence.awaitNoBuffers(net.clientGroup);
      assertEquals(serverCores, childLoops.size(), "loops with flows");
    }
  }

  private void exchange(Net net, InetSocketAddress address, int connections, int bytesEach) {
    List<Promise<Void>> results = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      Promise<Void> result = ImmediateEventExecutor.INSTANCE.newPromise();
      results.add(result);
      long seed = i;
      net.client(channel -> channel.pipeline().addLast(new Sender(seed, bytesEach, result)))
          .connect(address)
          .addListener(
              future -> {
                if (!future.isSuccess()) {
                  result.tryFailure(future.cause());
                }
              });
    }
    for (Promise<Void> result : results) {
      Net.get(result, "echo");
    }
    Quiescence.awaitNoConnections(net.serverGroup);
    Quiescence.awaitNoConnections(net.clientGroup);
    assertEquals(0, wrongLoops.get(), "children on a loop that isn't their flow's");
  }

  private InetSocketAddress bind(Net net, Bind bind, EventLoopGroup foreign) throws Exception {
    EventLoopGroup children = foreign == null ? net.serverGroup : foreign;
    if (bind != Bind.PER_LOOP) {
      return listen(net, net.serverGroup, children, 0);
    }
    InetSocketAddress address = null;
    for (EventExecutor loop : net.serverGroup) {
      address = listen(net, (EventLoop) loop, children, 7);
    }
    return address;
  }

  private InetSocketAddress listen(Net net, EventLoopGroup boss, EventLoopGroup child, int port) {
    ServerBootstrap server =
        net.server(channel -> channel.pipeline().addLast(new Echo()), boss, child)
            .option(MosChannelOption.SO_REUSEPORT, boss instanceof EventLoop);
    Channel channel = Net.get(server.bind(net.address(port)), "bind").channel();
    if (boss instanceof EventLoop) {
      assertEquals(boss, channel.eventLoop());
    }
    return (InetSocketAddress) channel.localAddress();
  }

  /** Sends back what it receives, and checks the thread it runs on. */
  private final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      MosSocketChannel channel = (MosSocketChannel) ctx.channel();
      EventLoop loop = channel.eventLoop();
      childLoops.add(loop);
      childThreads.put(channel, Thread.currentThread());
      boolean near =
          !(loop instanceof MosEventLoop own)
              || channel.connection().core() == own.handler().loop().core().index();
      if (!loop.inEventLoop() || !near) {
        wrongLoops.incrementAndGet();
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      if (childThreads.get(ctx.channel()) != Thread.currentThread()) {
        wrongLoops.incrementAndGet();
      }
      ctx.write(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      wrongLoops.addAndGet(1000);
      ctx.close();
    }
  }

  /** Sends random pieces, and compares what comes back with what was sent. */
  private static final class Sender extends SimpleChannelInboundHandler<ByteBuf> {
    private final long seed;
    private final int bytesEach;
    private final Promise<Void> result;
    private final SplittableRandom sizes;
    private final SplittableRandom sent;
    private final SplittableRandom expected;
    private int written;
    private int read;

    Sender(long seed, int bytesEach, Promise<Void> result) {
      this.seed = seed;
      this.bytesEach = bytesEach;
      this.result = result;
      sizes = new SplittableRandom(~seed);
      sent = new SplittableRandom(seed);
      expected = new SplittableRandom(seed);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      sendMore(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      sendMore(ctx);
    }

    private void sendMore(ChannelHandlerContext ctx) {
      while (written < bytesEach && ctx.channel().isWritable()) {
        int size = Math.min(bytesEach - written, 1 + sizes.nextInt(10_000));
        ByteBuf buffer =
            sizes.nextBoolean() ? ctx.alloc().directBuffer(size) : ctx.alloc().heapBuffer(size);
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
          bytes[i] = (byte) sent.nextInt();
        }
        buffer.writeBytes(bytes);
        written += size;
        ctx.writeAndFlush(buffer)
            .addListener(
                (ChannelFutureListener)
                    future -> {
                      if (!future.isSuccess()) {
                        result.tryFailure(future.cause());
                      }
                    });
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      for (byte got : ByteBufUtil.getBytes(msg)) {
        byte want = (byte) expected.nextInt();
        if (got != want) {
          result.tryFailure(new AssertionError("seed " + seed + ": byte " + read + " differs"));
          ctx.close();
          return;
        }
        read++;
      }
      if (read == bytesEach) {
        ctx.close().addListener(_ -> result.trySuccess(null));
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      result.tryFailure(new AssertionError("seed " + seed, cause));
      ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      result.tryFailure(new AssertionError("seed " + seed + ": closed after " + read));
    }
  }
}
