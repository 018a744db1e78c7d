package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2SecurityUtil;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrame;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.SupportedCipherSuiteFilter;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.testkit.Keys;

/** Netty's own HTTP/2: many streams with bodies over one connection between two stacks. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class Http2Test {
  private static final int STREAMS = 50;
  private static final int BODY_BYTES = 100_000; // beyond HTTP/2's initial window of 65,535

  /** Sends the stream's data back, once it has all arrived. */
  private static final class Echo extends ChannelInboundHandlerAdapter {
    private int bytes;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object frame) {
      if (frame instanceof Http2DataFrame data) {
        bytes += data.content().readableBytes();
        boolean end = data.isEndStream();
        data.release();
        if (end) {
          ctx.write(new DefaultHttp2HeadersFrame(new DefaultHttp2Headers().status("200")));
          ByteBuf body = ctx.alloc().buffer(bytes).writeZero(bytes);
          ctx.writeAndFlush(new DefaultHttp2DataFrame(body, true));
        }
      }
    }
  }

  private static final class Answer extends SimpleChannelInboundHandler<Http2StreamFrame> {
    private final CompletableFuture<Integer> whole;
    private int bytes;

    Answer(CompletableFuture<Integer> whole) {
      this.whole = whole;
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, Http2StreamFrame frame) {
      if (frame instanceof Http2HeadersFrame headers) {
        assertEquals("200", headers.headers().status().toString());
      } else if (frame instanceof Http2DataFrame data) {
        bytes += data.content().readableBytes();
        if (data.isEndStream()) {
          whole.complete(bytes);
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      whole.completeExceptionally(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      whole.completeExceptionally(new AssertionError("stream closed after " + bytes + " bytes"));
    }
  }

  private static SslContext tls(boolean server) throws Exception {
    SslContextBuilder builder =
        server
            ? SslContextBuilder.forServer(Keys.managers())
            : SslContextBuilder.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE);
    return builder
        .sslProvider(SslProvider.JDK)
        .ciphers(Http2SecurityUtil.CIPHERS, SupportedCipherSuiteFilter.INSTANCE)
        .applicationProtocolConfig(
            new ApplicationProtocolConfig(
                ApplicationProtocolConfig.Protocol.ALPN,
                ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                ApplicationProtocolNames.HTTP_2))
        .build();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void streamsShareAConnection(boolean secure) throws Exception {
    SslContext serverTls = secure ? tls(true) : null;
    SslContext clientTls = secure ? tls(false) : null;
    try (Wire wire = new Wire()) {
      InetSocketAddress address =
          wire.serve(
              channel -> {
                if (secure) {
                  channel.pipeline().addLast(serverTls.newHandler(channel.alloc()));
                }
                channel
                    .pipeline()
                    .addLast(
                        Http2FrameCodecBuilder.forServer().build(),
                        new Http2MultiplexHandler(
                            Wire.handler(stream -> stream.pipeline().addLast(new Echo()))));
              });
      Channel connection =
          wire.connect(
              address,
              channel -> {
                if (secure) {
                  channel.pipeline().addLast(clientTls.newHandler(channel.alloc()));
                }
                channel
                    .pipeline()
                    .addLast(
                        Http2FrameCodecBuilder.forClient().build(),
                        new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
              });
      if (secure) {
        Await.get(connection.pipeline().get(SslHandler.class).handshakeFuture(), "handshake");
      }
      List<CompletableFuture<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < STREAMS; i++) {
        answers.add(request(connection));
      }
      for (CompletableFuture<Integer> answer : answers) {
        assertEquals(BODY_BYTES, Await.get(answer, "answer"));
      }
      Await.get(connection.close(), "close");
    }
  }

  private static CompletableFuture<Integer> request(Channel connection) {
    CompletableFuture<Integer> whole = new CompletableFuture<>();
    Http2StreamChannel stream =
        Await.get(
            new Http2StreamChannelBootstrap(connection).handler(new Answer(whole)).open(),
            "stream");
    stream.write(
        new DefaultHttp2HeadersFrame(
            new DefaultHttp2Headers().method("POST").scheme("http").path("/")));
    ByteBuf body = stream.alloc().buffer(BODY_BYTES).writeZero(BODY_BYTES);
    stream.writeAndFlush(new DefaultHttp2DataFrame(body, true));
    return whole;
  }
}
