package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A closed channel holds none of its user's buffers, whatever its peer has yet to receive. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ClosedBuffersTest {
  private static final int CLIENTS = 20;
  private static final int WRITTEN = 4 << 20;
  private static final byte[] DATA = new byte[WRITTEN];

  static {
    new SplittableRandom(1).nextBytes(DATA);
  }

  private final BlockingQueue<Channel> accepted = new LinkedBlockingQueue<>();

  /** Counts what arrives, and checks that it is what was written. */
  private static final class Counting extends SimpleChannelInboundHandler<ByteBuf> {
    private int received;
    private boolean right = true;

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf bytes) {
      byte[] array = ByteBufUtil.getBytes(bytes); // at once: each access is recorded
      right &= Arrays.equals(array, 0, array.length, DATA, received, received + array.length);
      received += array.length;
    }
  }

  private Channel nextAccepted() throws InterruptedException {
    Channel channel = accepted.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    assertTrue(channel != null, "not accepted");
    return channel;
  }

  /** Direct and unshared: sent without a copy. */
  private static ByteBuf data(Net net) {
    return net.allocator.directBuffer(WRITTEN).writeBytes(DATA);
  }

  @Test
  void clientsThatDoNotReadPinNothingOnceTheirChannelsAreClosed() throws InterruptedException {
    try (Net net = Net.wire(1, 1)) {
      InetSocketAddress address =
          net.bind(
              channel ->
                  channel
                      .pipeline()
                      .addLast(
                          new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelActive(ChannelHandlerContext ctx) {
                              accepted.add(ctx.channel());
                            }
                          }));
      List<Channel> clients = new ArrayList<>();
      List<Counting> counts = new ArrayList<>();
      List<Channel> servers = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        Counting counting = new Counting();
        counts.add(counting);
        clients.add(
            net.connect(
                address,
                channel -> {
                  channel.config().setAutoRead(false);
                  channel.pipeline().addLast(counting);
                }));
        Channel server = nextAccepted();
        server.writeAndFlush(data(net));
        servers.add(server);
      }
      assertTrue(net.allocator.metric().usedDirectMemory() >= (long) CLIENTS * WRITTEN);
      for (Channel server : servers) {
        Net.get(server.close(), "close");
      }
      Net.get(net.serverGroup.next().submit(() -> {}), "what follows a close");
      assertEquals(0, net.allocator.metric().usedDirectMemory());
      for (int i = 0; i < CLIENTS; i++) {
        clients.get(i).config().setAutoRead(true);
        Net.await(clients.get(i).closeFuture(), "the end of what was accepted");
        assertTrue(counts.get(i).right, "what was written came");
        assertTrue(counts.get(i).received > 0, "something was accepted");
      }
    }
  }
}
