package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Timers and TCP on an overloaded loop. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LoopTimingTest {
  private static final int ENDLESS_TASKS = 200;
  private static final int TIMERS = 301;
  private static final long DELAY_NANOS = TimeUnit.MILLISECONDS.toNanos(3);

  /** Keeps the loop busy: each task submits itself again, until the loop ends. */
  private static void flood(EventLoop loop) {
    Runnable endless =
        new Runnable() {
          @Override
          public void run() {
            if (!loop.isShuttingDown()) {
              loop.execute(this);
            }
          }
        };
    for (int i = 0; i < ENDLESS_TASKS; i++) {
      loop.execute(endless);
    }
  }

  /** Echoes between two channels forever. */
  private static final class PingPong extends ChannelInboundHandlerAdapter {
    private final AtomicLong reads = new AtomicLong();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
      reads.incrementAndGet();
      ctx.writeAndFlush(msg);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }

    @Override
    public boolean isSharable() {
      return true;
    }
  }

  /**
   * Half of all timers are accurate to a millisecond, with traffic and a flood of tasks on the same
   * loop. The median, as the machine has other things to do, too.
   */
  @Test
  void timersAreOnTimeUnderLoad() {
    try (Net net = Net.loopback(1)) {
      PingPong pingPong = new PingPong();
      InetSocketAddress address = net.bind(channel -> channel.pipeline().addLast(pingPong));
      Channel client = net.connect(address, channel -> channel.pipeline().addLast(pingPong));
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeByte(1)), "first byte");
      EventLoop loop = client.eventLoop();
      flood(loop);
      long[] late = new long[TIMERS];
      for (int i = 0; i < TIMERS; i++) {
        int timer = i;
        long due = System.nanoTime() + DELAY_NANOS;
        Net.get(
            loop.schedule(
                () -> late[timer] = System.nanoTime() - due, DELAY_NANOS, TimeUnit.NANOSECONDS),
            "timer");
      }
      long reads = pingPong.reads.get();
      Arrays.sort(late);
      assertTrue(late[0] > -TimeUnit.MILLISECONDS.toNanos(1), "early: " + late[0]);
      long median = late[TIMERS / 2];
      assertTrue(median < TimeUnit.MILLISECONDS.toNanos(1), "late by (ns, median): " + median);
      assertTrue(reads > TIMERS, "TCP was kept from its turns: " + reads + " reads");
      Net.get(client.close(), "close");
    }
  }

  /** A flood of tasks doesn't prevent retransmissions, as a lossy wire shows. */
  @Test
  void retransmissionsGoOnUnderAFloodOfTasks() {
    try (Net net = Net.lossyWire(0.05)) {
      Recorder server = new Recorder();
      AtomicLong received = new AtomicLong();
      InetSocketAddress address =
          net.bind(
              channel ->
                  channel
                      .pipeline()
                      .addLast(
                          new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                              received.addAndGet(((ByteBuf) msg).readableBytes());
                              ((ByteBuf) msg).release();
                            }
                          },
                          server));
      Channel client = net.connect(address, _ -> {});
      server.expect("active");
      flood(client.eventLoop());
      int bytes = 200_000;
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeZero(bytes)), "write");
      Net.get(client.close(), "close");
      server.expect("inactive");
      assertTrue(received.get() == bytes, "received " + received);
    }
  }
}
