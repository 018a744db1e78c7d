package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Who owns a buffer's bytes after its write has completed. What is written on the loop leaves at
 * the end of the turn, so that a write's listener runs before any of it has been sent.
 */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WriteOwnershipTest {
  private static final int BYTES = 30_000; // all of it fits into the send buffer

  private final byte[] content = new byte[BYTES];
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();
  private final Promise<Void> end = ImmediateEventExecutor.INSTANCE.newPromise();
  private Net net;
  private Channel client;

  @BeforeEach
  void connect() {
    new SplittableRandom(11).nextBytes(content);
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
  }

  /** Writes, overwrites the data as soon as the write has completed, and checks what arrives. */
  private void writeAndOverwrite(ByteBuf message, Runnable overwrite) {
    Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
    client
        .eventLoop()
        .execute(
            () ->
                client
                    .writeAndFlush(message)
                    .addListener(
                        written -> {
                          overwrite.run();
                          if (written.isSuccess()) {
                            done.setSuccess(null);
                          } else {
                            done.setFailure(written.cause());
                          }
                        }));
    Net.get(done, "write");
    Net.get(client.close(), "close");
    Net.get(end, "end of stream");
    assertArrayEquals(content, received.toByteArray());
  }

  private void keepAndOverwrite(Consumer<ByteBuf> prepare, UnaryOperator<ByteBuf> view) {
    ByteBuf kept = client.alloc().directBuffer(BYTES).writeBytes(content);
    prepare.accept(kept);
    writeAndOverwrite(view.apply(kept), () -> kept.setZero(0, BYTES));
    assertEquals(1, kept.refCnt());
    kept.release();
  }

  @Test
  void aRetainedBufferMayBeOverwritten() {
    keepAndOverwrite(ByteBuf::retain, kept -> kept);
  }

  /** Counts the direct buffers it allocates. */
  private static final class CountingAllocator extends AbstractByteBufAllocator {
    final UnpooledByteBufAllocator unpooled = new UnpooledByteBufAllocator(true);
    int made;

    CountingAllocator() {
      super(true);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
      return unpooled.heapBuffer(initialCapacity, maxCapacity);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
      made++;
      return unpooled.directBuffer(initialCapacity, maxCapacity);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  /** Small pieces that must be copied share a buffer, and each original is released. */
  @Test
  void smallCopiesShareABuffer() {
    CountingAllocator allocator = new CountingAllocator();
    client.config().setAllocator(allocator);
    Promise<Void> done = ImmediateEventExecutor.INSTANCE.newPromise();
    client
        .eventLoop()
        .execute(
            () -> {
              for (int at = 0; at < BYTES; at += 16) {
                ByteBuf message = Unpooled.wrappedBuffer(content, at, Math.min(16, BYTES - at));
                if (at % 4096 == 2048) { // by reference, between the copies
                  message = Unpooled.directBuffer(16).writeBytes(message);
                }
                client.write(message);
                if (at % 1600 == 0) {
                  client.flush();
                }
              }
              client.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> done.setSuccess(null));
            });
    Net.get(done, "write");
    Net.get(client.close(), "close");
    Net.get(end, "end of stream");
    assertArrayEquals(content, received.toByteArray());
    assertTrue(allocator.made < 40, "buffers for copies: " + allocator.made);
    net.close();
    assertEquals(0, allocator.unpooled.metric().usedDirectMemory());
  }

  @Test
  void soMayTheWholeOfARetainedSlice() {
    keepAndOverwrite(_ -> {}, kept -> kept.retainedSlice(0, BYTES));
  }

  @Test
  void soMayAComponentOfAComposite() {
    keepAndOverwrite(
        _ -> {},
        kept ->
            client
                .alloc()
                .compositeBuffer()
                .addComponent(true, kept.retainedSlice(0, 10))
                .addComponent(true, kept.retainedSlice(10, BYTES - 10)));
  }

  @Test
  void soMayABufferThatIgnoresReleases() {
    keepAndOverwrite(_ -> {}, Unpooled::unreleasableBuffer);
  }

  @Test
  void soMayAWrappedByteBuffer() {
    ByteBuffer memory = ByteBuffer.allocateDirect(BYTES).put(content).flip();
    writeAndOverwrite(Unpooled.wrappedBuffer(memory), () -> memory.put(0, new byte[BYTES]));
  }

  @Test
  void soMayAWrappedArray() {
    byte[] array = content.clone();
    writeAndOverwrite(Unpooled.wrappedBuffer(array), () -> Arrays.fill(array, (byte) 0));
  }

  /** A buffer that was given away isn't copied: TCP holds it until the peer acknowledges it. */
  @Test
  void aBufferGivenAwayIsSentFromWhereItIs() {
    ByteBufAllocator allocator = client.alloc();
    ByteBuf given = allocator.directBuffer(BYTES, BYTES).writeBytes(content);
    long before = net.allocator.metric().usedDirectMemory();
    writeAndOverwrite(
        given,
        () -> {
          assertEquals(1, given.refCnt());
          assertEquals(before, net.allocator.metric().usedDirectMemory());
        });
    Quiescence.awaitNoConnections(net.clientGroup);
    assertEquals(0, given.refCnt());
  }

  /** Nor is a buffer whose owner promises not to change it. */
  @Test
  void aPromisedBufferIsSentFromWhereItIs() {
    client.config().setOption(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, BYTES);
    ByteBuf kept = client.alloc().directBuffer(BYTES).writeBytes(content);
    writeAndOverwrite(kept.retainedDuplicate(), () -> assertEquals(2, kept.refCnt()));
    Quiescence.awaitNoConnections(net.clientGroup);
    assertEquals(1, kept.refCnt());
    kept.release();
  }

  /** The reference count doesn't protect wrapped memory: its owner may unmap it after the write. */
  @Test
  void promisedMemoryThatTheCountDoesNotKeepIsCopied() {
    client.config().setOption(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, 0);
    ByteBuffer memory = ByteBuffer.allocateDirect(BYTES).put(content).flip();
    writeAndOverwrite(Unpooled.wrappedBuffer(memory), () -> memory.put(0, new byte[BYTES]));
  }

  @Test
  void soIsAComponentOfAPromisedComposite() {
    client.config().setOption(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, 0);
    ByteBuffer memory = ByteBuffer.allocateDirect(BYTES).put(content).flip();
    ByteBuf whole =
        client.alloc().compositeBuffer().addComponent(true, Unpooled.wrappedBuffer(memory));
    writeAndOverwrite(whole, () -> memory.put(0, new byte[BYTES]));
  }

  @Test
  void soIsAPromisedViewThatIgnoresItsCount() {
    client.config().setOption(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, 0);
    keepAndOverwrite(_ -> {}, Unpooled::unreleasableBuffer);
  }

  @Test
  void aSmallerOneMayBeOverwritten() {
    client.config().setOption(MosChannelOption.WRITE_ZERO_COPY_THRESHOLD, BYTES + 1);
    keepAndOverwrite(_ -> {}, ByteBuf::retainedDuplicate);
  }
}
