package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler;
import io.netty.handler.codec.http.websocketx.WebSocketClientProtocolHandler.ClientHandshakeStateEvent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketClientCompressionHandler;
import io.netty.handler.codec.http.websocketx.extensions.compression.WebSocketServerCompressionHandler;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Netty's own WebSocket handlers over two stacks. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WebSocketTest {
  private static final int FRAMES = 100;
  private static final int BIG_BYTES = 1_000_000;

  private static final class Echo extends SimpleChannelInboundHandler<WebSocketFrame> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      ctx.writeAndFlush(frame.retain());
    }
  }

  /** Sends numbers, each once the previous one is back, then something big, then closes. */
  private static final class Talk extends SimpleChannelInboundHandler<WebSocketFrame> {
    private final CompletableFuture<Integer> big;
    private int number;

    Talk(CompletableFuture<Integer> big) {
      this.big = big;
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ClientHandshakeStateEvent.HANDSHAKE_COMPLETE) {
        send(ctx);
      }
    }

    private void send(ChannelHandlerContext ctx) {
      ctx.writeAndFlush(new TextWebSocketFrame(String.valueOf(number)));
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, WebSocketFrame frame) {
      if (frame instanceof TextWebSocketFrame text) {
        assertEquals(String.valueOf(number), text.text());
        if (++number < FRAMES) {
          send(ctx);
        } else {
          ByteBuf content = ctx.alloc().buffer(BIG_BYTES).writeZero(BIG_BYTES);
          ctx.writeAndFlush(new BinaryWebSocketFrame(content));
        }
      } else {
        big.complete(frame.content().readableBytes());
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      big.completeExceptionally(cause);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void framesComeBack(boolean compressed) {
    try (Wire wire = new Wire()) {
      InetSocketAddress address =
          wire.serve(
              channel -> {
                channel.pipeline().addLast(new HttpServerCodec(), new HttpObjectAggregator(8192));
                if (compressed) {
                  channel.pipeline().addLast(new WebSocketServerCompressionHandler(BIG_BYTES));
                }
                channel
                    .pipeline()
                    .addLast(
                        new WebSocketServerProtocolHandler("/", null, true, BIG_BYTES), new Echo());
              });
      CompletableFuture<Integer> big = new CompletableFuture<>();
      var config =
          WebSocketClientProtocolConfig.newBuilder()
              .webSocketUri("ws://" + address.getHostString() + ":" + address.getPort() + "/")
              .allowExtensions(true)
              .maxFramePayloadLength(BIG_BYTES)
              .build();
      Channel client =
          wire.connect(
              address,
              channel -> {
                channel.pipeline().addLast(new HttpClientCodec(), new HttpObjectAggregator(8192));
                if (compressed) {
                  channel.pipeline().addLast(new WebSocketClientCompressionHandler(BIG_BYTES));
                }
                channel
                    .pipeline()
                    .addLast(new WebSocketClientProtocolHandler(config), new Talk(big));
              });
      assertEquals(BIG_BYTES, Await.get(big, "big frame"));
      Await.get(client.close(), "close");
    }
  }
}
