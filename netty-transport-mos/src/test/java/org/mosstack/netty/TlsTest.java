package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.testkit.Keys;

/** Netty's TLS handler works on this transport as on any other. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TlsTest {
  private static final int BYTES = 300_000;

  @Test
  void echoOverTls() throws Exception {
    SslContext serverTls =
        SslContextBuilder.forServer(Keys.managers()).sslProvider(SslProvider.JDK).build();
    SslContext clientTls =
        SslContextBuilder.forClient()
            .sslProvider(SslProvider.JDK)
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .build();
    Promise<Integer> result = ImmediateEventExecutor.INSTANCE.newPromise();
    try (Net net = Net.wire(2, 1)) {
      InetSocketAddress address =
          net.bind(
              channel ->
                  channel
                      .pipeline()
                      .addLast(
                          serverTls.newHandler(channel.alloc()),
                          new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                              ctx.writeAndFlush(msg);
                            }
                          }));
      Channel client =
          net.connect(
              address,
              channel ->
                  channel
                      .pipeline()
                      .addLast(clientTls.newHandler(channel.alloc()), new Counter(result)));
      client
          .writeAndFlush(Unpooled.directBuffer().writeZero(BYTES))
          .addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
      assertEquals(BYTES, Net.get(result, "echo").getNow());
      Net.get(client.close(), "close");
      Quiescence.awaitNoConnections(net.serverGroup);
    }
  }

  private static final class Counter extends SimpleChannelInboundHandler<ByteBuf> {
    private final Promise<Integer> result;
    private int bytes;

    Counter(Promise<Integer> result) {
      this.result = result;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
      bytes += msg.readableBytes();
      if (bytes >= BYTES) {
        result.trySuccess(bytes);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      result.tryFailure(cause);
    }
  }
}
