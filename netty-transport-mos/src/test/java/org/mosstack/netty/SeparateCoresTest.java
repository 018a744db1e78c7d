package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.MosStack;
import org.mosstack.config.CoreThreads;
import org.mosstack.config.MosKeys;
import org.mosstack.device.WireHub;

/** Cores with threads of their own: {@code cores = separate}. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SeparateCoresTest {
  private static final String SERVER = "10.0.0.1";

  private final WireHub hub = new WireHub(new SplittableRandom(5));
  private final MosStack stack =
      Net.start(
          Net.config(2)
              .set(MosKeys.CORES, CoreThreads.SEPARATE)
              .netdev("wire0 0x3 " + SERVER + "/24 wire=cable"),
          hub);

  /** Blocks its loop until it may go on; then answers. */
  @Sharable
  private static final class Blocking extends SimpleChannelInboundHandler<ByteBuf> {
    private final CountDownLatch blocked = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) throws Exception {
      blocked.countDown();
      mayGoOn.await();
      ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {1}));
    }
  }

  /** The peer gets its ACKs while a handler blocks, and what it sends meanwhile arrives later. */
  @Test
  void tcpGoesOnWhileAHandlerBlocks() throws Exception {
    EventLoopGroup workers = new MultiThreadIoEventLoopGroup(1, MosIoHandler.newFactory(stack));
    Blocking handler = new Blocking();
    Channel server =
        Net.get(
                new ServerBootstrap()
                    .group(workers)
                    .channel(MosServerSocketChannel.class)
                    .childHandler(handler)
                    .bind(SERVER, 0),
                "bind")
            .channel();
    MosEventLoopGroup peers =
        new MosEventLoopGroup(
            Net.start(Net.config(1).netdev("wire0 0x1 10.0.0.2/24 wire=cable"), hub));
    Promise<Void> answered = ImmediateEventExecutor.INSTANCE.newPromise();
    Channel client =
        Net.get(
                new Bootstrap()
                    .group(peers)
                    .channel(MosSocketChannel.class)
                    .handler(
                        new SimpleChannelInboundHandler<ByteBuf>() {
                          @Override
                          protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
                            answered.trySuccess(null);
                          }
                        })
                    .connect(server.localAddress()),
                "connect")
            .channel();
    for (int i = 0; i < 3; i++) {
      Net.get(client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1000])), "write");
      assertTrue(handler.blocked.await(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS));
      while (unacknowledged(client) > 0) {
        assertFalse(answered.isDone());
      }
    }
    assertEquals(0, ((MosSocketChannel) client).tcpInfo().totalRetrans());
    handler.mayGoOn.countDown();
    Net.get(answered, "answer");
    Net.get(client.close(), "close");
    Net.get(peers.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the peers' end");
    Net.get(workers.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the workers' end");
    assertTrue(stack.core(0).execute(() -> {}), "the stack outlives its loops");
    stack.close();
    assertFalse(stack.core(0).execute(() -> {}));
    stack.close(); // more than once
  }

  private static int unacknowledged(Channel channel) {
    return Net.get(
            channel
                .eventLoop()
                .submit(() -> ((MosSocketChannel) channel).connection().unacknowledgedBytes()),
            "unacknowledged")
        .getNow();
  }

  @Test
  void theCoresCannotBeClaimed() {
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> new MosEventLoopGroup(stack));
    assertEquals(
        "The stack's cores have threads of their own (cores = separate): channels can be on any"
            + " loops, such as those of MosIoHandler.newFactory(stack)",
        refused.getMessage());
    stack.close();
  }
}
