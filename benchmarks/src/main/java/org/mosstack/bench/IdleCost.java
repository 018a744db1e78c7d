package org.mosstack.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.mosstack.MosStack;
import org.mosstack.MosStackBuilder;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.netty.IdleStrategy;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;

/**
 * The cost of an idle loop with each {@link IdleStrategy}, and how quickly it wakes up: its
 * thread's CPU time while nothing happens, and round trips between its timers, 5 ms apart; see
 * {@code bin/bench idle}. Server and client are single-core stacks in this process, over a wire,
 * whose packets wake a sleeping loop, or over DPDK's shared memory, whose packets don't.
 */
public final class IdleCost {
  private static final Path SOCKET =
      Path.of(System.getProperty("java.io.tmpdir"))
          .resolve("mos-idle-" + ProcessHandle.current().pid())
          .resolve("memif.sock");

  private static final int PORT = 7;
  private static final int SETTLE_MILLIS = 2000;
  private static final int ROUND_TRIPS = 500;
  private static final int WARM_UP = 100_000;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

  private IdleCost() {}

  /** {@code IdleCost wire|memif busy|adaptive SECONDS}: prints one line. */
  public static void main(String[] args) throws InterruptedException {
    boolean memif = args[0].equals("memif");
    IdleStrategy strategy = args[1].equals("busy") ? IdleStrategy.BUSY : IdleStrategy.ADAPTIVE;
    int seconds = Integer.parseInt(args[2]);
    WireHub hub = memif ? null : new WireHub(new SplittableRandom(1));
    MosEventLoopGroup servers = group(hub, "server", "10.0.0.1", 0, strategy);
    MosEventLoopGroup clients = group(hub, "client", "10.0.0.2", 1, strategy);
    new ServerBootstrap()
        .group(servers)
        .channel(MosServerSocketChannel.class)
        .childHandler(new Echo())
        .bind(PORT)
        .sync();
    Asking asking = new Asking();
    Channel client =
        new Bootstrap()
            .group(clients)
            .channel(MosSocketChannel.class)
            .handler(asking)
            .connect("10.0.0.1", PORT)
            .sync()
            .channel();
    Histogram roundTrips = asking.roundTrips(client);
    double cpu = cpuShare(servers, seconds);
    System.out.printf(
        "%-6s %-9s %12.1f %14.0f %14.0f%n",
        args[0],
        args[1],
        100 * cpu,
        roundTrips.getValueAtPercentile(50) / 1e3,
        roundTrips.getValueAtPercentile(99) / 1e3);
    clients.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
    servers.shutdownGracefully(0, 2, TimeUnit.SECONDS).sync();
  }

  private static MosEventLoopGroup group(
      WireHub hub, String role, String address, int cpu, IdleStrategy strategy) {
    String driver = hub != null ? "wire=idle" : "net_memif=role=" + role + ",socket=" + SOCKET;
    String text =
        """
        application {
          type = end
          run = benchmark
        }
        mos {
          netdev {
            dpdk0 0x%x %s/24 %s
          }
        }
        """
            .formatted(1 << cpu, address, driver);
    MosStackBuilder builder = MosStack.builder(MosConfig.parse("idle.conf", text));
    MosStack stack = (hub == null ? builder : builder.device(WireHub.WIRE, hub)).start();
    return new MosEventLoopGroup(stack, strategy);
  }

  /** Returns the CPU time of the group's only thread as a share of elapsed time. */
  private static double cpuShare(MosEventLoopGroup group, int seconds) throws InterruptedException {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long thread = group.next().submit(() -> Thread.currentThread().threadId()).sync().getNow();
    Thread.sleep(SETTLE_MILLIS);
    long start = System.nanoTime();
    long before = threads.getThreadCpuTime(thread);
    Thread.sleep(TimeUnit.SECONDS.toMillis(seconds));
    long used = threads.getThreadCpuTime(thread) - before;
    return (double) used / (System.nanoTime() - start);
  }

  private static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public boolean isSharable() {
      return true;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.writeAndFlush(msg);
    }
  }

  /** Sends one byte at a time, by the loop's timer. */
  private static final class Asking extends SimpleChannelInboundHandler<ByteBuf> {
    private final Histogram nanos = new Histogram(MAX_NANOS, 3);
    private final Promise<Histogram> done = ImmediateEventExecutor.INSTANCE.newPromise();
    private int asked;
    private long askedNanos;

    /** Measures, after many round trips without pauses, which the JIT compiler needs. */
    Histogram roundTrips(Channel client) throws InterruptedException {
      client.eventLoop().execute(() -> ask(client));
      return done.sync().getNow();
    }

    private void askSoon(Channel client) {
      client.eventLoop().schedule(() -> ask(client), PAUSE_NANOS, TimeUnit.NANOSECONDS);
    }

    private void ask(Channel client) {
      asked++;
      askedNanos = System.nanoTime();
      client.writeAndFlush(client.alloc().directBuffer().writeByte(1));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      if (asked < WARM_UP) {
        ask(ctx.channel());
        return;
      }
      if (asked > WARM_UP) {
        nanos.recordValue(Math.min(System.nanoTime() - askedNanos, MAX_NANOS));
      }
      if (asked == WARM_UP + ROUND_TRIPS) {
        done.setSuccess(nanos);
      } else {
        askSoon(ctx.channel());
      }
    }
  }
}
