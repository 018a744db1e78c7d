package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;

/** A handler that goes on writing in one call, to a peer on another thread. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LongTurnTest {
  private static final int MESSAGE = 100;
  private static final long ENOUGH = 20L << 20;
  private static final long GIVE_UP_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** Writes until much more than any send buffer has left, or it takes too long. */
  private static final class Source extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Long> left = new CompletableFuture<>();

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      long giveUp = System.nanoTime() + GIVE_UP_NANOS;
      long written = 0;
      long gone = 0;
      while (gone < ENOUGH && System.nanoTime() - giveUp < 0) {
        if (ctx.channel().isWritable()) {
          ctx.write(ctx.alloc().buffer(MESSAGE).writeZero(MESSAGE));
          written += MESSAGE;
        }
        ctx.flush();
        gone = written - ctx.channel().unsafe().outboundBuffer().totalPendingWriteBytes();
      }
      left.complete(gone);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itsPeersAcknowledgmentsMakeRoom(boolean far) throws Exception {
    MosStack stack =
        MosStack.builder(
                MosConfig.builder()
                    .set(MosKeys.CORE_MASK, CoreMask.range(2))
                    .set(MosKeys.MAX_CONCURRENCY, 10)
                    .build())
            .allowOversubscribe(true)
            .start();
    MosEventLoopGroup group = new MosEventLoopGroup(stack);
    EventLoopGroup foreign = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    Source source = new Source();
    ChannelFuture server =
        new ServerBootstrap()
            .group(group, far ? foreign : group)
            .channel(MosServerSocketChannel.class)
            .childHandler(source)
            .bind(new InetSocketAddress("127.0.0.1", 0));
    Channel client =
        Net.get(
                new Bootstrap()
                    .group(group)
                    .channel(MosSocketChannel.class)
                    .handler(new ChannelInboundHandlerAdapter()) // the tail discards
                    .connect(Net.get(server, "bind").channel().localAddress()),
                "connect")
            .channel();
    long left = source.left.get(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    assertTrue(
        left >= ENOUGH,
        () -> left + " bytes have left, to core " + ((MosSocketChannel) client).home().core());
    Net.get(client.close(), "close");
    Net.get(foreign.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the foreign group's end");
    Net.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "the group's end");
  }
}
