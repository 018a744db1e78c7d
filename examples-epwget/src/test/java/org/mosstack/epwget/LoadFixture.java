package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * NIO client loops whose channels allocate from a counting allocator: closing the fixture fails if
 * a buffer, or a request, was not released.
 */
final class LoadFixture implements AutoCloseable {
  /** Generous: only a broken client makes a test wait this long. */
  static final Duration PATIENCE = Duration.ofSeconds(20);

  final EventLoopGroup group;
  private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);
  private final long requestsBefore = UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();

  LoadFixture(int loops) {
    group = new MultiThreadIoEventLoopGroup(loops, NioIoHandler.newFactory());
  }

  ChannelFactory<Channel> channels() {
    return channels(NioSocketChannel::new);
  }

  ChannelFactory<Channel> channels(ChannelFactory<Channel> factory) {
    return () -> {
      Channel channel = factory.newChannel();
      channel.config().setAllocator(allocator);
      return channel;
    };
  }

  static EpwgetConfig config(int port, long flows, int concurrency) {
    return new EpwgetConfig(
        HttpTarget.parse("127.0.0.1:" + port + "/file", 80), flows, concurrency, 0, false);
  }

  Epwget start(EpwgetConfig config, EpwgetOptions options) {
    return Epwget.start(group, channels(), config, options);
  }

  Summary run(EpwgetConfig config) {
    return join(start(config, EpwgetOptions.defaults()));
  }

  static Summary join(Epwget run) {
    return run.summary().orTimeout(PATIENCE.toSeconds(), TimeUnit.SECONDS).join();
  }

  /** Waits for something that another thread will bring about. */
  static void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "waited in vain for: " + what);
      LockSupport.parkNanos(100_000);
    }
  }

  @Override
  public void close() {
    group.shutdownGracefully(0, 10, TimeUnit.SECONDS).syncUninterruptibly();
    assertEquals(0, allocator.metric().usedHeapMemory(), "heap bytes not released");
    assertEquals(0, allocator.metric().usedDirectMemory(), "direct bytes not released");
    assertTrue(
        UnpooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() <= requestsBefore,
        "a request was not released");
  }
}
