package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slow side stops a fast one, and data doesn't pile up in between. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class BackPressureTest {
  private static final int TOTAL_BYTES = 4 << 20;
  private static final int PIECE_BYTES = 8 * 1024;

  /** The capacity of both socket buffers and of the outbound buffer up to its high-water mark. */
  private static final int MAX_IN_BETWEEN = 65_536 * 2 + 64 * 1024 + 3 * PIECE_BYTES;

  /** Writes as long as the channel is writable. */
  private static final class Producer extends ChannelInboundHandlerAdapter {
    final AtomicInteger written = new AtomicInteger();
    final AtomicInteger stalls = new AtomicInteger();
    final Promise<Void> stalled = ImmediateEventExecutor.INSTANCE.newPromise();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      produce(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      produce(ctx);
    }

    private void produce(ChannelHandlerContext ctx) {
      while (written.get() < TOTAL_BYTES && ctx.channel().isWritable()) {
        written.addAndGet(PIECE_BYTES);
        ChannelFuture write =
            ctx.writeAndFlush(ctx.alloc().directBuffer(PIECE_BYTES).writeZero(PIECE_BYTES));
        if (written.get() == TOTAL_BYTES) {
          write.addListener(ChannelFutureListener.CLOSE);
        }
      }
      if (!ctx.channel().isWritable()) {
        stalls.incrementAndGet();
        stalled.trySuccess(null);
      }
    }
  }

  /** Counts what it reads; only reads when told to. */
  private static final class Consumer extends SimpleChannelInboundHandler<ByteBuf> {
    final AtomicInteger read = new AtomicInteger();
    final Promise<Channel> active = ImmediateEventExecutor.INSTANCE.newPromise();
    final Promise<Void> inactive = ImmediateEventExecutor.INSTANCE.newPromise();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      active.setSuccess(ctx.channel());
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      read.addAndGet(msg.readableBytes());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      inactive.setSuccess(null);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReaderThatStopsStallsTheWriter(boolean producerIsServer) {
    try (Net net = Net.wire(1, 1)) {
      Producer producer = new Producer();
      Consumer consumer = new Consumer();
      ChannelInboundHandlerAdapter atServer = producerIsServer ? producer : consumer;
      ChannelInboundHandlerAdapter atClient = producerIsServer ? consumer : producer;
      ChannelFuture bound =
          net.server(channel -> channel.pipeline().addLast(atServer))
              .childOption(ChannelOption.AUTO_READ, producerIsServer)
              .bind(net.address(0));
      InetSocketAddress address =
          (InetSocketAddress) Net.get(bound, "bind").channel().localAddress();
      Net.get(
          net.client(channel -> channel.pipeline().addLast(atClient))
              .option(ChannelOption.AUTO_READ, !producerIsServer)
              .connect(address),
          "connect");
      Channel reading = Net.get(consumer.active, "active").getNow();
      Net.get(producer.stalled, "stall");
      assertEquals(0, consumer.read.get());
      assertTrue(producer.written.get() <= MAX_IN_BETWEEN, "in between: " + producer.written);

      // One read() at a time, then automatically.
      for (int i = 0; i < 10; i++) {
        reading.read();
      }
      reading.config().setAutoRead(true);
      Net.get(consumer.inactive, "end of stream");
      assertEquals(TOTAL_BYTES, consumer.read.get());
      assertTrue(producer.stalls.get() > 1, "stalled once and for all");
      Quiescence.awaitNoConnections(net.serverGroup);
      Quiescence.awaitNoConnections(net.clientGroup);
    }
  }

  @Test
  void readsAreOneAtATimeWithoutAutoRead() {
    try (Net net = Net.loopback(1)) {
      Consumer consumer = new Consumer();
      ChannelFuture bound =
          net.server(channel -> channel.pipeline().addLast(consumer))
              .childOption(ChannelOption.AUTO_READ, false)
              .bind(net.address(0));
      InetSocketAddress address =
          (InetSocketAddress) Net.get(bound, "bind").channel().localAddress();
      Channel client = net.connect(address, _ -> {});
      Channel reading = Net.get(consumer.active, "active").getNow();
      int bytes = 20_000; // more than one receive buffer at the allocator's initial guess
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeZero(bytes)), "write");
      int before = 0;
      while (before < bytes) {
        reading.read();
        while (consumer.read.get() == before) {
          Net.get(reading.eventLoop().submit(() -> {}), "a turn");
        }
        int after = consumer.read.get();
        for (int turn = 0; turn < 3; turn++) {
          Net.get(reading.eventLoop().submit(() -> {}), "a turn");
        }
        assertEquals(after, consumer.read.get(), "read on without being asked to");
        before = after;
      }
      Net.get(client.close(), "close");
      // The end of the stream needs no buffer: it is reported without a read.
      Net.get(consumer.inactive, "end of stream");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void connectionsStayInTheBacklogUntilTheServerReads(int cores) {
    int connections = 20;
    try (Net net = Net.loopback(cores)) {
      AtomicInteger accepted = new AtomicInteger();
      Channel server =
          Net.get(
                  net.server(_ -> accepted.incrementAndGet())
                      .option(ChannelOption.AUTO_READ, false)
                      .bind(net.address(0)),
                  "bind")
              .channel();
      List<Channel> clients = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        clients.add(net.connect((InetSocketAddress) server.localAddress(), _ -> {}));
      }
      Net.get(server.eventLoop().submit(() -> {}), "a turn");
      assertEquals(0, accepted.get());
      server.config().setAutoRead(true);
      Promise<Void> all = server.eventLoop().newPromise();
      server
          .eventLoop()
          .execute(
              new Runnable() {
                @Override
                public void run() {
                  if (accepted.get() == connections) {
                    all.setSuccess(null);
                  } else {
                    server.eventLoop().execute(this);
                  }
                }
              });
      Net.get(all, "accepting all");
      clients.forEach(client -> Net.get(client.close(), "close"));
      Quiescence.awaitNoConnections(net.serverGroup);
    }
  }
}
