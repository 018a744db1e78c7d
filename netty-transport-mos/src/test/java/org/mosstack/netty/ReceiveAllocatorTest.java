package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultMaxBytesRecvByteBufAllocator;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannelRecvByteBufAllocator;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Each kind of receive allocator sizes and counts reads as with other transports. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReceiveAllocatorTest {
  private static final int BYTES = 500_000;

  /** What a server read of {@link #BYTES} bytes; its fields belong to the loop until the end. */
  private static final class Reads extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<Void> end = ImmediateEventExecutor.INSTANCE.newPromise();
    private int bytes;
    private int largest;
    private int largestCapacity;
    private int inThisLoop;
    private int messagesInThisLoop;
    private int mostInALoop;
    private int mostMessagesInALoop;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      bytes += msg.readableBytes();
      largest = Math.max(largest, msg.readableBytes());
      largestCapacity = Math.max(largestCapacity, msg.capacity());
      inThisLoop += msg.readableBytes();
      messagesInThisLoop++;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      mostInALoop = Math.max(mostInALoop, inThisLoop);
      mostMessagesInALoop = Math.max(mostMessagesInALoop, messagesInThisLoop);
      inThisLoop = 0;
      messagesInThisLoop = 0;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end.setSuccess(null);
    }
  }

  private static Reads receive(RecvByteBufAllocator allocator) {
    Reads reads = new Reads();
    try (Net net = Net.wire(1, 1)) {
      Channel listening =
          Net.get(
                  net.server(channel -> channel.pipeline().addLast(reads))
                      .childOption(ChannelOption.RECVBUF_ALLOCATOR, allocator)
                      .option(
                          ChannelOption.RECVBUF_ALLOCATOR, new ServerChannelRecvByteBufAllocator())
                      .bind(net.address(0)),
                  "bind")
              .channel();
      Channel client = net.connect((InetSocketAddress) listening.localAddress(), _ -> {});
      Net.get(client.writeAndFlush(client.alloc().directBuffer().writeZero(BYTES)), "write");
      Net.get(client.close(), "close");
      Net.get(reads.end, "end of stream");
    }
    assertEquals(BYTES, reads.bytes);
    return reads;
  }

  @Test
  void fixed() {
    Reads reads = receive(new FixedRecvByteBufAllocator(600).maxMessagesPerRead(3));
    assertEquals(600, reads.largest);
    assertEquals(3, reads.mostMessagesInALoop);
  }

  @Test
  void adaptiveGrowsWithWhatComes() {
    Reads reads = receive(new AdaptiveRecvByteBufAllocator(64, 64, 16_384));
    assertTrue(reads.largestCapacity > 1000, "capacity " + reads.largestCapacity);
    assertTrue(reads.largestCapacity <= 16_384, "capacity " + reads.largestCapacity);
  }

  @Test
  void maxBytesBoundsALoop() {
    Reads reads = receive(new DefaultMaxBytesRecvByteBufAllocator(5000, 2000));
    assertTrue(reads.largest <= 2000, "read " + reads.largest);
    assertEquals(5000, reads.mostInALoop);
  }
}
