package org.mosstack.bench.compare;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.HdrHistogram.Histogram;
import org.mosstack.bench.report.Figure;

/**
 * Many open connections, with both ends in this process, of which one in a hundred has a 64-byte
 * message in flight: {@code OpenConnections TRANSPORT CONNECTIONS}. The handlers are shared, so
 * that a connection's memory is only the transport's and Netty's own; Netty's part is that of as
 * many {@link BareChannel}s with the same handler.
 */
public final class OpenConnections {
  private static final int MESSAGE_BYTES = 64;
  private static final int ACTIVE_SHARE = 100;
  private static final int PER_PORT = 16_000;
  private static final int BARE_CHANNELS = 20_000;
  private static final int MEASURABLE = 5_000;
  private static final int FIRST_PORT = 20_000;
  private static final int OPENING_AT_ONCE = 256;
  private static final int BACKLOG = 4096;
  private static final int WARM_UP_SECONDS = 15;
  private static final int WINDOWS = 3;
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(100);
  private static final double NANOS_PER_MICRO = 1e3;

  private final Transport transport;
  private final int count;
  private final String title;
  private final List<Channel> clients;
  private final Histogram latency = new Histogram(MAX_NANOS, 3);
  private long answers;

  private OpenConnections(Transport transport, int count) {
    this.transport = transport;
    this.count = count;
    title = String.format("Open connections, %,d", count);
    clients = new ArrayList<>(count);
  }

  /** Measures, keeps the figures and exits. */
  public static void main(String[] args) throws Exception {
    new OpenConnections(Transport.valueOf(args[0]), Integer.parseInt(args[1])).measure();
    System.exit(0);
  }

  private void measure() throws Exception {
    long bare = bareChannelBytes();
    End[] ends =
        transport == Transport.MOS
            ? Stacks.wired(count)
            : new End[] {End.of(transport), End.of(transport)};
    listen(ends[0]);
    open(ends[1], Math.min(count, OPENING_AT_ONCE)); // loads classes and fills caches
    clients.forEach(client -> client.close().syncUninterruptibly());
    clients.clear();
    MemoryUse before = MemoryUse.now();
    open(ends[1], count);
    MemoryUse after = MemoryUse.now();
    double both = 2.0 * count;
    double heap = (after.heap() - before.heap()) / both - bare;
    double offHeap = (after.offHeap() - before.offHeap()) / both;
    double kernel = transport == Transport.MOS ? 0 : (after.kernel() - before.kernel()) / both;
    if (count >= MEASURABLE) { // fewer don't stand out from the noise
      keep("bytes of an idle one", heap + offHeap + kernel);
      keep("bytes of these on the heap", heap);
      keep("bytes of Netty's own", bare);
    }
    exchange(ends[1].group());
  }

  private void keep(String column, double value) throws IOException {
    new Figure(title, transport.name(), column, value).keep();
  }

  /**
   * Returns the memory that a bare channel frees: the heap with many of them, less that without,
   * per channel.
   */
  private static long bareChannelBytes() throws IOException {
    DefaultEventLoop loop = new DefaultEventLoop();
    List<Channel> bare = new ArrayList<>(BARE_CHANNELS);
    for (int i = 0; i < BARE_CHANNELS; i++) {
      Channel channel = new BareChannel();
      loop.register(channel).syncUninterruptibly();
      channel.pipeline().addLast(new Echo());
      bare.add(channel);
    }
    loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    long with = MemoryUse.now().heap();
    bare.clear();
    return (with - MemoryUse.now().heap()) / BARE_CHANNELS;
  }

  private int ports() {
    return count / PER_PORT + 1;
  }

  private String host() {
    return transport == Transport.MOS ? Stacks.SERVER_ADDRESS : "127.0.0.1";
  }

  private void listen(End end) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(end.group())
            .channelFactory(end.servers())
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Echo());
    for (int i = 0; i < ports(); i++) {
      bootstrap.bind(new InetSocketAddress(host(), FIRST_PORT + i)).syncUninterruptibly();
    }
  }

  /** Opens connections, a few at a time: a listener's backlog is finite. */
  private void open(End end, int wanted) throws InterruptedException {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(end.group())
            .channelFactory(end.clients())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(new Idle());
    Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
    AtomicInteger next = new AtomicInteger();
    end.group()
        .next()
        .execute(
            () -> {
              for (int i = 0; i < Math.min(wanted, OPENING_AT_ONCE); i++) {
                openNext(bootstrap, next, wanted, done);
              }
            });
    done.sync();
  }

  private void openNext(Bootstrap bootstrap, AtomicInteger next, int wanted, Promise<Void> done) {
    int number = next.getAndIncrement();
    if (number >= wanted) {
      return;
    }
    InetSocketAddress address = new InetSocketAddress(host(), FIRST_PORT + number % ports());
    var connecting = bootstrap.connect(address);
    connecting.addListener(
        connected -> {
          if (!connected.isSuccess()) {
            done.tryFailure(connected.cause());
            return;
          }
          clients.add(connecting.channel());
          if (clients.size() == wanted) {
            done.trySuccess(null);
          }
          openNext(bootstrap, next, wanted, done);
        });
  }

  /** Lets the active ones exchange messages, and keeps their rate. */
  private void exchange(EventLoopGroup group) throws Exception {
    group
        .next()
        .execute(
            () -> {
              for (int i = 0; i < count; i += ACTIVE_SHARE) {
                Asking asking = new Asking();
                clients.get(i).pipeline().addLast(asking);
                asking.ask(clients.get(i));
              }
            });
    rateAfter(group, WARM_UP_SECONDS);
    group.submit(latency::reset).sync();
    for (int i = 0; i < WINDOWS; i++) {
      keep("messages/s", rateAfter(group, 1));
    }
    double[] micros = group.submit(() -> new double[] {micros(50), micros(99)}).sync().getNow();
    keep("p50 us", micros[0]);
    keep("p99 us", micros[1]);
  }

  private double micros(double percentile) {
    return latency.getValueAtPercentile(percentile) / NANOS_PER_MICRO;
  }

  /** Returns the answers per second over this many seconds from now on. */
  private double rateAfter(EventLoopGroup group, int seconds) throws Exception {
    long startAnswers = group.submit(() -> answers).sync().getNow();
    long start = System.nanoTime();
    long end = group.schedule(() -> answers, seconds, TimeUnit.SECONDS).sync().getNow();
    return (end - startAnswers) * 1e9 / (System.nanoTime() - start);
  }

  private static class Idle extends ChannelInboundHandlerAdapter {
    @Override
    public boolean isSharable() {
      return true;
    }
  }

  /** Sends the next message once the answer has arrived. */
  private final class Asking extends SimpleChannelInboundHandler<ByteBuf> {
    private long asked;
    private int missing;

    void ask(Channel channel) {
      missing = MESSAGE_BYTES;
      asked = System.nanoTime();
      ByteBuf message = channel.alloc().heapBuffer(MESSAGE_BYTES).writeZero(MESSAGE_BYTES);
      channel.writeAndFlush(message, channel.voidPromise());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      missing -= msg.readableBytes();
      if (missing == 0) {
        latency.recordValue(Math.min(System.nanoTime() - asked, MAX_NANOS));
        answers++;
        ask(ctx.channel());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      throw new IllegalStateException("a connection was closed");
    }
  }

  private static final class Echo extends Idle {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      ctx.write(msg, ctx.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      ctx.flush();
    }
  }
}
