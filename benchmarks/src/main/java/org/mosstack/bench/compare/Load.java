package org.mosstack.bench.compare;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.concurrent.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/**
 * A client with one request in flight on each of its connections, which sends the next once the
 * answer is complete. Everything happens on the client's only loop.
 */
final class Load {
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(100);

  private final Ends ends;
  private final String[] uris;
  private final ByteBuf upload;
  private final boolean keepAlive;
  private final List<Channel> idle = new ArrayList<>();

  /** Nanoseconds from a request to the end of its answer. */
  private final Histogram latency = new Histogram(MAX_NANOS, 3);

  private Promise<Void> done;
  private int nextUri;
  private long toSend;
  private long toCome;

  /** Creates a load of downloads of one size. */
  Load(Ends ends, int download, boolean keepAlive) {
    this(ends, new int[] {download}, 0, keepAlive);
  }

  /**
   * Creates a load.
   *
   * @param downloads sizes of the answers' bodies in bytes, cycled through
   * @param uploaded size of each request's body in bytes
   * @param keepAlive whether a connection carries many requests, or only one
   */
  Load(Ends ends, int[] downloads, int uploaded, boolean keepAlive) {
    this.ends = ends;
    this.uris = IntStream.of(downloads).mapToObj(n -> "/" + n).toArray(String[]::new);
    this.keepAlive = keepAlive;
    upload = uploaded == 0 ? Unpooled.EMPTY_BUFFER : Unpooled.buffer(uploaded).writeZero(uploaded);
  }

  /** Opens connections that wait for {@link #run}. */
  void open(int connections) {
    Bootstrap bootstrap = ends.client(this::addTo);
    for (int i = 0; i < connections; i++) {
      idle.add(bootstrap.connect().syncUninterruptibly().channel());
    }
  }

  private void addTo(Channel channel) {
    channel.pipeline().addLast(new HttpClientCodec(), new Client());
  }

  /** Sends requests over the open connections, and waits for their answers. */
  void run(long requests) {
    run(
        requests,
        () -> {
          for (Channel channel : idle) {
            channel.pipeline().get(Client.class).next(channel);
          }
        });
  }

  /** Opens a connection for each request, {@code atOnce} at a time. */
  void runConnections(long requests, int atOnce) {
    run(
        requests,
        () -> {
          for (int i = 0; i < atOnce; i++) {
            connect();
          }
        });
  }

  private void run(long requests, Runnable start) {
    done = ImmediateEventExecutor.INSTANCE.newPromise();
    ends.clientGroup()
        .next()
        .execute(
            () -> {
              toSend = requests;
              toCome = requests;
              start.run();
            });
    done.syncUninterruptibly();
  }

  /** Returns the measurements since the last reset; not to be called during a run. */
  Histogram latency() {
    return latency;
  }

  private void connect() {
    if (toSend == 0) {
      return;
    }
    toSend--;
    ends.client(this::addTo)
        .connect()
        .addListener(
            connected -> {
              if (!connected.isSuccess()) {
                done.tryFailure(connected.cause());
              }
            });
  }

  private void request(Channel channel) {
    FullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            upload.isReadable() ? HttpMethod.POST : HttpMethod.GET,
            uris[nextUri],
            upload.retainedDuplicate());
    nextUri = nextUri + 1 == uris.length ? 0 : nextUri + 1;
    request.headers().set(HttpHeaderNames.HOST, "server");
    if (upload.isReadable()) {
      request.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, upload.readableBytes());
    }
    if (!keepAlive) {
      request.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
    channel.writeAndFlush(request, channel.voidPromise());
  }

  private void answered() {
    if (--toCome == 0) {
      done.trySuccess(null);
    }
  }

  private final class Client extends SimpleChannelInboundHandler<HttpObject> {
    private long asked;
    private boolean complete;

    /** Sends a request if any is left to send. */
    void next(Channel channel) {
      if (toSend > 0) {
        toSend--;
        asked = System.nanoTime();
        request(channel);
      }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (!keepAlive) {
        asked = System.nanoTime();
        request(ctx.channel());
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext ctx, HttpObject msg) {
      if (!(msg instanceof LastHttpContent)) {
        return;
      }
      complete = true;
      latency.recordValue(Math.min(System.nanoTime() - asked, MAX_NANOS));
      if (keepAlive) {
        answered();
        next(ctx.channel());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (keepAlive || !complete) {
        done.tryFailure(new IllegalStateException("a connection was closed"));
      } else {
        answered();
        connect();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      done.tryFailure(cause);
      ctx.close();
    }
  }
}
