package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultFileRegion;
import io.netty.channel.FileRegion;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.AbstractReferenceCounted;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.PromiseNotifier;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Every kind of message that can be written arrives byte for byte, and is released. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WriteTest {
  private final SplittableRandom random = new SplittableRandom(7);
  private final ByteArrayOutputStream expected = new ByteArrayOutputStream();
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final Promise<Void> end = ImmediateEventExecutor.INSTANCE.newPromise();
  private final Promise<Throwable> broken = ImmediateEventExecutor.INSTANCE.newPromise();
  private Net net;
  private Channel client;

  @BeforeEach
  void connect() {
    net = Net.wire(1, 1);
    client = net.connect(net.bind(channel -> channel.pipeline().addLast(new Sink())), _ -> {});
  }

  @AfterEach
  void stop() {
    net.close();
  }

  private final class Sink extends SimpleChannelInboundHandler<ByteBuf> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      received.writeBytes(ByteBufUtil.getBytes(msg));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end.setSuccess(null);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      broken.setSuccess(cause);
    }
  }

  private byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    expected.writeBytes(bytes);
    return bytes;
  }

  private void checkArrived() {
    Net.get(client.close(), "close");
    Net.get(end, "end of stream");
    assertArrayEquals(expected.toByteArray(), received.toByteArray());
    Quiescence.awaitNoConnections(net.clientGroup);
  }

  private void writeEach(BiFunction<ByteBufAllocator, byte[], ByteBuf> make) {
    ChannelFuture last = null;
    for (int size : new int[] {1, 1460, 1461, 70_000, 300_000}) {
      last = client.write(make.apply(client.alloc(), bytes(size)));
    }
    client.flush();
    Net.get(last, "write");
    checkArrived();
  }

  @Test
  void heapBuffers() {
    writeEach((allocator, bytes) -> allocator.heapBuffer().writeBytes(bytes));
  }

  @Test
  void directBuffers() {
    writeEach((allocator, bytes) -> allocator.directBuffer().writeBytes(bytes));
  }

  @Test
  void pooledBuffers() {
    writeEach((_, bytes) -> PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes));
  }

  @Test
  void slicesAndReadOnlyViews() {
    writeEach(
        (allocator, bytes) -> {
          ByteBuf all = allocator.directBuffer().writeZero(3).writeBytes(bytes).writeZero(3);
          return all.slice(3, bytes.length).asReadOnly();
        });
  }

  @Test
  void compositesOfDirectBuffers() {
    writeEach((allocator, bytes) -> composite(allocator, bytes, true));
  }

  @Test
  void compositesOfMixedBuffers() {
    writeEach((allocator, bytes) -> composite(allocator, bytes, false));
  }

  private ByteBuf composite(ByteBufAllocator allocator, byte[] bytes, boolean direct) {
    CompositeByteBuf composite = allocator.compositeBuffer(1000);
    composite.addComponent(true, allocator.directBuffer().writeZero(5));
    for (int from = 0; from < bytes.length; ) {
      int length = Math.min(bytes.length - from, 1 + random.nextInt(5000));
      ByteBuf part =
          direct || random.nextBoolean() ? allocator.directBuffer() : allocator.heapBuffer();
      composite.addComponent(true, part.writeBytes(bytes, from, length));
      from += length;
    }
    return composite.skipBytes(5);
  }

  @Test
  void emptyBuffers() {
    ChannelFuture first = client.write(Unpooled.EMPTY_BUFFER);
    ChannelFuture second = client.write(client.alloc().directBuffer());
    ChannelFuture third = client.write(client.alloc().compositeBuffer());
    ChannelFuture fourth = client.write(client.alloc().directBuffer().writeBytes(bytes(10)));
    ChannelFuture fifth = client.write(client.alloc().heapBuffer());
    client.flush();
    Net.get(first, "empty");
    Net.get(second, "empty direct");
    Net.get(third, "empty composite");
    Net.get(fourth, "some bytes");
    Net.get(fifth, "empty heap");
    checkArrived();
  }

  @Test
  void oneBufferWrittenManyTimes() {
    byte[] bytes = bytes(5000);
    ByteBuf shared = client.alloc().directBuffer().writeBytes(bytes);
    for (int i = 0; i < 99; i++) {
      client.writeAndFlush(shared.retainedDuplicate());
      expected.writeBytes(bytes);
    }
    Net.get(client.writeAndFlush(shared), "write");
    checkArrived();
    assertEquals(0, shared.refCnt());
  }

  @Test
  void unpooledAllocatorOfTheChannel() {
    client.config().setAllocator(new UnpooledByteBufAllocator(true));
    writeEach((_, bytes) -> Unpooled.wrappedBuffer(bytes));
  }

  @Test
  void fileRegions(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("data"), bytes(1_000_000));
    client.write(new DefaultFileRegion(file.toFile(), 0, 400_000));
    client.write(new DefaultFileRegion(file.toFile(), 400_000, 600_000));
    client.write(new DefaultFileRegion(file.toFile(), 0, 0));
    Net.get(client.writeAndFlush(client.alloc().buffer().writeBytes(bytes(100))), "write");
    checkArrived();
  }

  @Test
  void aTruncatedFileFailsTheWrite(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("data"), new byte[1000]);
    ChannelFuture write = client.writeAndFlush(new DefaultFileRegion(file.toFile(), 0, 2000));
    assertInstanceOf(IOException.class, Net.await(write, "write").cause());
    Net.await(client.closeFuture(), "close");
  }

  /** Counts what it reads, and frames it on output, as an encrypting region would. */
  private static final class FramingRegion extends AbstractReferenceCounted implements FileRegion {
    private final byte[] emitted;
    private final int count;
    private int transferred;

    FramingRegion(byte[] emitted, int count) {
      this.emitted = emitted;
      this.count = count;
    }

    @Override
    public long transferTo(WritableByteChannel target, long position) throws IOException {
      target.write(ByteBuffer.wrap(emitted));
      transferred = count;
      return count;
    }

    @Override
    public long position() {
      return 0;
    }

    @Override
    public long count() {
      return count;
    }

    @Override
    public long transferred() {
      return transferred;
    }

    @Deprecated
    @Override
    public long transfered() {
      return transferred;
    }

    @Override
    public FileRegion retain() {
      super.retain();
      return this;
    }

    @Override
    public FileRegion retain(int increment) {
      super.retain(increment);
      return this;
    }

    @Override
    public FileRegion touch() {
      return this;
    }

    @Override
    public FileRegion touch(Object hint) {
      return this;
    }

    @Override
    protected void deallocate() {
      // has no file
    }
  }

  @Test
  void aRegionThatEmitsMoreThanItCounts() {
    client.write(new FramingRegion(bytes(20_000), 18_000));
    client.write(new FramingRegion(bytes(60_000), 1));
    Net.get(client.writeAndFlush(new FramingRegion(bytes(10_000), 20_000)), "write");
    checkArrived();
  }

  @Test
  void aRegionOnAnInterruptedThread(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("data"), bytes(100_000));
    Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
    client
        .eventLoop()
        .execute(
            () -> {
              Thread.currentThread().interrupt();
              client
                  .writeAndFlush(new DefaultFileRegion(file.toFile(), 0, 100_000))
                  .addListener(new PromiseNotifier<>(done));
            });
    Net.get(done, "write");
    checkArrived();
  }

  /** Fails for a while. */
  private static final class FailingAllocator extends AbstractByteBufAllocator {
    private final UnpooledByteBufAllocator unpooled = new UnpooledByteBufAllocator(false, false);
    private int good;

    /**
     * @param good number of direct buffers it allocates before it fails
     */
    FailingAllocator(int good) {
      super(true);
      this.good = good;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return unpooled.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      if (good-- == 0) {
        throw new OutOfMemoryError("for the test");
      }
      return unpooled.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @Test
  void aCopyWithoutMemoryFailsItsWriteOnly() {
    client.config().setAllocator(new FailingAllocator(0));
    ChannelFuture failing = client.writeAndFlush(Unpooled.wrappedBuffer(new byte[100]));
    assertInstanceOf(OutOfMemoryError.class, Net.await(failing, "write").cause());
    Net.get(client.writeAndFlush(Unpooled.wrappedBuffer(bytes(100))), "next write");
    checkArrived();
  }

  @Test
  void soDoesARegionWithoutMemory() {
    client.config().setAllocator(new FailingAllocator(0));
    ChannelFuture failing = client.writeAndFlush(new FramingRegion(new byte[10], 10));
    assertInstanceOf(OutOfMemoryError.class, Net.await(failing, "write").cause());
    Net.get(client.writeAndFlush(new FramingRegion(bytes(10), 10)), "next write");
    checkArrived();
  }

  /** The peer must not take the part for the whole, nor what follows for the rest. */
  @Test
  void halfAMessageIsFollowedByAReset() {
    client.config().setAllocator(new FailingAllocator(1));
    ChannelFuture failing = client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1_000_000]));
    assertInstanceOf(IOException.class, Net.await(failing, "write").cause());
    Net.await(client.closeFuture(), "close");
    assertInstanceOf(SocketException.class, Net.await(broken, "the peer's error").getNow());
  }

  @Test
  void otherMessagesAreRefused() {
    assertInstanceOf(
        UnsupportedOperationException.class,
        Net.await(client.writeAndFlush("a string"), "write").cause());
    checkArrived();
  }

  @Test
  void heapReceiveBuffers() {
    Net.get(client.close(), "close of the first");
    Net.get(end, "end of the first");
    received.reset();
    expected.reset();
    Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
    ChannelFuture bound =
        net.server(
                channel ->
                    channel
                        .pipeline()
                        .addLast(
                            new SimpleChannelInboundHandler<ByteBuf>() {
                              @Override
                              protected void channelRead0(ChannelHandlerContext c, ByteBuf msg) {
                                received.writeBytes(ByteBufUtil.getBytes(msg));
                              }

                              @Override
                              public void channelInactive(ChannelHandlerContext ctx) {
                                done.setSuccess(null);
                              }
                            }))
            .childOption(ChannelOption.ALLOCATOR, new HeapAllocator())
            .bind(net.address(0));
    Channel sender =
        net.connect((InetSocketAddress) Net.get(bound, "bind").channel().localAddress(), _ -> {});
    Net.get(sender.writeAndFlush(sender.alloc().buffer().writeBytes(bytes(100_000))), "write");
    Net.get(sender.close(), "close");
    Net.get(done, "end of stream");
    assertArrayEquals(expected.toByteArray(), received.toByteArray());
  }

  /** Returns heap buffers for I/O. */
  private static final class HeapAllocator extends AbstractByteBufAllocator {
    private final UnpooledByteBufAllocator unpooled = new UnpooledByteBufAllocator(false);

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return unpooled.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      return unpooled.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }
}
