package org.mosstack.bench.compare;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.FastThreadLocal;

/** Answers {@code /N} with N bytes, at most 1 MiB, whatever the request contains. */
final class HttpServer extends ChannelInboundHandlerAdapter {
  static final int MAX_BODY_BYTES = 1 << 20;

  /** Shared by all connections of a loop. */
  private static final FastThreadLocal<ByteBuf> BODY =
      new FastThreadLocal<>() {
        @Override
        protected ByteBuf initialValue() {
          return Unpooled.buffer(MAX_BODY_BYTES).writeZero(MAX_BODY_BYTES);
        }
      };

  private final ByteBuf bodies = BODY.get();
  private int size;
  private boolean keepAlive;

  private HttpServer() {}

  /** Adds codec and server to a new channel's pipeline. */
  static void addTo(Channel channel) {
    channel.pipeline().addLast(new HttpServerCodec(), new HttpServer());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (msg instanceof HttpRequest request) {
      size = Integer.parseInt(request.uri(), 1, request.uri().length(), 10);
      keepAlive = HttpUtil.isKeepAlive(request);
    }
    if (msg instanceof LastHttpContent) {
      answer(ctx);
    }
    ReferenceCountUtil.release(msg);
  }

  private void answer(ChannelHandlerContext ctx) {
    ByteBuf body = bodies.retainedSlice(0, size);
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, body);
    response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, size);
    if (!keepAlive) {
      response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    ChannelFuture written = ctx.write(response, keepAlive ? ctx.voidPromise() : ctx.newPromise());
    if (!keepAlive) {
      written.addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    ctx.flush();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // the client reports it
  }
}
