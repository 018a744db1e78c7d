package org.mosstack.frameworks.agent;

import static io.netty.handler.codec.http.HttpHeaderNames.CONTENT_LENGTH;
import static io.netty.handler.codec.http.HttpHeaderNames.ETAG;
import static io.netty.handler.codec.http.HttpResponseStatus.NOT_FOUND;
import static io.netty.handler.codec.http.HttpResponseStatus.NO_CONTENT;
import static io.netty.handler.codec.http.HttpResponseStatus.OK;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerExpectContinueHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetSocketAddress;
import java.security.MessageDigest;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.mosstack.testkit.Keys;

/**
 * Keeps what is PUT under a path for those who GET it, as an S3-compatible store does. It knows
 * nothing of this transport.
 */
final class ObjectServer implements AutoCloseable {
  /** A path that is never answered. */
  static final String SILENT = "/silent";

  private static final int LARGEST = 32 << 20;

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private final Map<String, byte[]> objects = new ConcurrentHashMap<>();
  private final boolean secure;
  private final Channel channel;

  ObjectServer(boolean secure) throws Exception {
    this.secure = secure;
    SslContext tls = secure ? SslContextBuilder.forServer(Keys.managers()).build() : null;
    channel =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel child) {
                    if (tls != null) {
                      child.pipeline().addLast(tls.newHandler(child.alloc()));
                    }
                    child
                        .pipeline()
                        .addLast(
                            new HttpServerCodec(),
                            new HttpServerExpectContinueHandler(),
                            new HttpObjectAggregator(LARGEST),
                            new Requests());
                  }
                })
            .bind("127.0.0.1", 0)
            .sync()
            .channel();
  }

  String url() {
    int port = ((InetSocketAddress) channel.localAddress()).getPort();
    return (secure ? "https" : "http") + "://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    channel.close().syncUninterruptibly();
    group.shutdownGracefully().syncUninterruptibly();
  }

  private final class Requests extends SimpleChannelInboundHandler<FullHttpRequest> {
    @Override
    protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request)
        throws Exception {
      String path = new QueryStringDecoder(request.uri()).path();
      switch (request.method().name()) {
        case "PUT" -> {
          byte[] bytes = ByteBufUtil.getBytes(request.content());
          objects.put(path, bytes);
          answer(ctx, OK, new byte[0], bytes);
        }
        case "DELETE" -> {
          objects.remove(path);
          answer(ctx, NO_CONTENT, new byte[0], new byte[0]);
        }
        default -> {
          byte[] bytes = objects.get(path);
          if (bytes != null) {
            answer(ctx, OK, bytes, bytes);
          } else if (!path.equals(SILENT)) {
            answer(ctx, NOT_FOUND, new byte[0], new byte[0]);
          }
        }
      }
    }

    private void answer(
        ChannelHandlerContext ctx, HttpResponseStatus status, byte[] body, byte[] tagged)
        throws Exception {
      DefaultFullHttpResponse response =
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
      byte[] sum = MessageDigest.getInstance("MD5").digest(tagged);
      response.headers().set(ETAG, '"' + ByteBufUtil.hexDump(sum) + '"');
      if (status != NO_CONTENT) {
        response.headers().set(CONTENT_LENGTH, body.length);
      }
      ctx.writeAndFlush(response);
    }
  }
}
