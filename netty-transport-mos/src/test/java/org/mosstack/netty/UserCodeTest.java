package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Misbehaving user code doesn't hold up a core's loop. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class UserCodeTest {
  private static final int BYTES = 10_000;

  private final Recorder server = new Recorder();

  private static ByteBuf zeros(int bytes) {
    return Unpooled.directBuffer(bytes).writeZero(bytes);
  }

  private Channel connect(Net net, RecvByteBufAllocator allocator) {
    ServerBootstrap bootstrap =
        net.server(channel -> channel.pipeline().addLast(server))
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, allocator);
    Channel listening = Net.get(bootstrap.bind(net.address(0)), "bind").channel();
    Channel client = net.connect((InetSocketAddress) listening.localAddress(), _ -> {});
    server.expect("active");
    return client;
  }

  private static void reset(Channel client) {
    client.config().setOption(ChannelOption.SO_LINGER, 0);
    Net.get(client.close(), "reset");
  }

  @Test
  void anAllocatorThatThrowsWhileTheRestOfABrokenConnectionIsRead() {
    try (Net net = Net.loopback(1)) {
      Channel client = connect(net, new Throwing());
      Net.get(client.writeAndFlush(zeros(BYTES)), "write");
      reset(client);
      server.expect("IllegalStateException: thrown by the test");
      server.expect("SocketException: Connection reset by peer");
      server.expect("inactive");
      Net.get(server.channel.eventLoop().submit(() -> {}), "the loop goes on");
      Quiescence.awaitNoBuffers(net.serverGroup);
    }
  }

  @Test
  void anAllocatorThatGivesNoRoomAndWantsMore() {
    try (Net net = Net.loopback(1)) {
      Channel client = connect(net, new NoRoom());
      Net.get(client.writeAndFlush(zeros(BYTES)), "write");
      server.channel.read();
      Net.get(server.channel.eventLoop().submit(() -> {}), "the loop goes on");
      reset(client);
      server.expect("SocketException: Connection reset by peer");
      server.expect("inactive");
      Quiescence.awaitNoBuffers(net.serverGroup);
    }
  }

  @Test
  void aListenerThatAlwaysWritesOneMoreEmptyBuffer() {
    try (Net net = Net.loopback(1)) {
      Channel client = connect(net, new DefaultRoom());
      AtomicBoolean enough = new AtomicBoolean();
      client.eventLoop().execute(() -> writeEmpty(client, enough));
      Net.get(client.eventLoop().submit(() -> enough.set(true)), "the loop goes on");
      Net.get(client.writeAndFlush(zeros(5)), "write");
      Net.get(client.close(), "close");
      server.expect("read \0\0\0\0\0");
      server.expect("inactive");
    }
  }

  private static void writeEmpty(Channel channel, AtomicBoolean enough) {
    channel
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            _ -> {
              if (!enough.get()) {
                writeEmpty(channel, enough);
              }
            });
  }

  /** On the server channel's own core, and on others, which hand over connections in batches. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aChannelThatCannotBeMadeCostsNobodyElseTheirs(int cores) throws Exception {
    int clients = 40;
    AtomicInteger made = new AtomicInteger();
    CountDownLatch active = new CountDownLatch(clients / 2);
    CountDownLatch over = new CountDownLatch(clients / 2);
    try (Net net = Net.loopback(cores)) {
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(net.serverGroup)
              .childHandler(initializer(active))
              .channelFactory(
                  () ->
                      new MosServerSocketChannel(
                          (parent, loop, connection) -> {
                            if (made.incrementAndGet() % 2 == 0) {
                              throw new OutOfMemoryError("thrown by the test");
                            }
                            return new MosSocketChannel(parent, loop, connection);
                          }))
              .handler(new UnpausedAcceptor());
      Channel listening = Net.get(bootstrap.bind(net.address(0)), "bind").channel();
      for (int i = 0; i < clients; i++) {
        Channel client = net.connect((InetSocketAddress) listening.localAddress(), _ -> {});
        client.closeFuture().addListener(_ -> over.countDown());
      }
      assertTrue(active.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS), "accepted");
      assertTrue(over.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS), "reset");
      assertEquals(clients, made.get());
      assertTrue(listening.isActive());
    }
  }

  private static ChannelHandler initializer(CountDownLatch active) {
    return new ChannelInitializer<>() {
      @Override
      protected void initChannel(Channel channel) {
        active.countDown();
      }
    };
  }

  /** Netty's acceptor pauses for a second if a channel can't be created: this one continues. */
  private static final class UnpausedAcceptor extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      assertEquals("thrown by the test", cause.getMessage());
    }
  }

  /** Throws for each buffer. */
  private static final class Throwing extends DefaultMaxMessagesRecvByteBufAllocator {
    @Override
    @SuppressWarnings("deprecation") // Handle is what the interface asks for
    public Handle newHandle() {
      return new MaxMessageHandle() {
        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
          throw new IllegalStateException("thrown by the test");
        }

        @Override
        public int guess() {
          return 1;
        }
      };
    }
  }

  /** Allocates empty buffers, and always continues reading. */
  private static final class NoRoom extends DefaultMaxMessagesRecvByteBufAllocator {
    @Override
    @SuppressWarnings("deprecation") // Handle is what the interface asks for
    public Handle newHandle() {
      return new MaxMessageHandle() {
        @Override
        public int guess() {
          return 0;
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator alloc) {
          return alloc.directBuffer(0, 0);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
          return true;
        }
      };
    }
  }

  private static final class DefaultRoom extends DefaultMaxMessagesRecvByteBufAllocator {
    @Override
    @SuppressWarnings("deprecation") // Handle is what the interface asks for
    public Handle newHandle() {
      return new MaxMessageHandle() {
        @Override
        public int guess() {
          return 1024;
        }
      };
    }
  }
}
