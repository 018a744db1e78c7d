package org.mosstack.epserver;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/**
 * Answers one connection's requests from the {@link FileStore}.
 *
 * <p>A request is answered when its last byte has been read, in the order of requests; the answers
 * to all requests of one read are flushed together. While the client doesn't take its answers (the
 * channel isn't writable), nothing more is read: what waits is bounded by one read's requests, and
 * their bodies are slices of the files.
 */
final class StaticFileHandler extends ChannelInboundHandlerAdapter {
  private final LoopState loop;
  private ChannelHandlerContext ctx;

  /** The request being read, null between requests; {@link #refusal} is its answer if not null. */
  private HttpRequest request;

  private HttpResponseStatus refusal;
  private int bodyBytes;

  private boolean unflushed;

  /** Whether the last response has been written: what else arrives is dropped. */
  private boolean ending;

  private boolean inputShutdown;
  private ScheduledFuture<?> lingering;

  private long activeNanos;
  private long outputMark;

  StaticFileHandler(LoopState loop) {
    this.loop = loop;
  }

  // Requests.

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    try {
      if (ending) {
        return;
      }
      if (message instanceof HttpRequest head) {
        begin(head);
      } else if (message instanceof HttpContent content) {
        continueBody(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private void begin(HttpRequest head) {
    if (head.decoderResult().isFailure()) {
      refuseAndEnd(head, RequestCheck.statusOf(head.decoderResult().cause()));
      return;
    }
    RequestCheck.Verdict verdict = RequestCheck.check(head, loop.limits());
    if (verdict.end()) {
      refuseAndEnd(head, verdict.refusal());
      return;
    }
    request = head;
    refusal = verdict.refusal();
    bodyBytes = 0;
    if (verdict.sendContinue()) {
      ctx.write(
          new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE),
          ctx.voidPromise());
      unflushed = true;
    }
  }

  private void continueBody(HttpContent content) {
    HttpRequest current = request;
    if (current == null) {
      return;
    }
    if (content.decoderResult().isFailure()) {
      refuseAndEnd(current, HttpResponseStatus.BAD_REQUEST);
      return;
    }
    bodyBytes += content.content().readableBytes();
    if (bodyBytes > loop.limits().maxBody()) {
      refuseAndEnd(
          current, refusal == null ? HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE : refusal);
      return;
    }
    if (content instanceof LastHttpContent) {
      request = null;
      boolean keepAlive = !loop.draining() && RequestCheck.keepAlive(current);
      AsciiString connection = connectionHeader(current, keepAlive);
      send(
          refusal == null
              ? answer(current, connection)
              : Responses.status(refusal, isHead(current), loop.date(), connection),
          keepAlive);
    }
  }

  private FullHttpResponse answer(HttpRequest request, AsciiString connection) {
    AsciiString date = loop.date();
    boolean head = isHead(request);
    RequestTarget target = RequestTarget.parse(request.uri());
    if (target.error() != null) {
      return Responses.status(target.error(), head, date, connection);
    }
    return switch (loop.files().find(target.path())) {
      case null -> Responses.status(HttpResponseStatus.NOT_FOUND, head, date, connection);
      case Resource.FolderRedirect folder ->
          Responses.redirect(folder.location(), target.query(), head, date, connection);
      case StoredFile file -> answer(request, file, date, connection);
    };
  }

  private static FullHttpResponse answer(
      HttpRequest request, StoredFile file, AsciiString date, AsciiString connection) {
    boolean head = isHead(request);
    switch (Preconditions.evaluate(request.headers(), file)) {
      case NOT_MODIFIED -> {
        return Responses.notModified(file, date, connection);
      }
      case FAILED -> {
        return Responses.status(HttpResponseStatus.PRECONDITION_FAILED, head, date, connection);
      }
      case PROCEED -> {
        // Ranges are defined for GET alone (RFC 9110, 14.2).
        String header = head ? null : request.headers().get(HttpHeaderNames.RANGE);
        if (header != null && Preconditions.rangeApplies(request.headers(), file)) {
          ByteRange range = ByteRange.parse(header, file.length());
          if (range == ByteRange.UNSATISFIABLE) {
            return Responses.unsatisfiable(file, date, connection);
          }
          if (range != null) {
            return Responses.part(file, range, date, connection);
          }
        }
      }
    }
    return Responses.file(file, head, date, connection);
  }

  private static boolean isHead(HttpRequest request) {
    return request.method().equals(HttpMethod.HEAD);
  }

  private static AsciiString connectionHeader(HttpRequest request, boolean keepAlive) {
    if (!keepAlive) {
      return HttpHeaderValues.CLOSE;
    }
    // Staying open goes without saying in 1.1; a 1.0 client that asked for it needs the answer.
    return request.protocolVersion() == HttpVersion.HTTP_1_0 ? HttpHeaderValues.KEEP_ALIVE : null;
  }

  // Answers.

  private void send(FullHttpResponse response, boolean keepAlive) {
    count(response);
    if (!keepAlive) {
      ending = true;
      ctx.writeAndFlush(response).addListener(ChannelFutureListener.CLOSE);
      return;
    }
    ctx.write(response, ctx.voidPromise());
    unflushed = true;
    Channel channel = ctx.channel();
    if (!channel.isWritable()) {
      flush();
      if (!channel.isWritable()) {
        channel.config().setAutoRead(false);
      }
    }
  }

  /**
   * Answers a request after which the bytes on the connection can't be trusted or aren't wanted.
   */
  private void refuseAndEnd(HttpRequest refused, HttpResponseStatus status) {
    request = null;
    ending = true;
    FullHttpResponse response =
        Responses.status(status, isHead(refused), loop.date(), HttpHeaderValues.CLOSE);
    count(response);
    ctx.writeAndFlush(response).addListener(_ -> linger());
  }

  private void count(FullHttpResponse response) {
    activeNanos = loop.nanoTime();
    loop.stats().response(response.status(), response.content().readableBytes());
  }

  /**
   * Ends the output, and drops what the client still sends until it ends too: closing at once would
   * answer those bytes with a reset, which can overtake the answer (RFC 9112, 9.6).
   */
  private void linger() {
    Channel channel = ctx.channel();
    if (inputShutdown || !channel.isActive() || !(channel instanceof DuplexChannel duplex)) {
      ctx.close();
      return;
    }
    channel.config().setAutoRead(true);
    long nanos = loop.limits().linger().toNanos();
    lingering = ctx.executor().schedule(this::abort, nanos, TimeUnit.NANOSECONDS);
    duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }

  private void closeAfterPendingWrites() {
    ending = true;
    ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private void flush() {
    if (unflushed) {
      unflushed = false;
      ctx.flush();
    }
  }

  // The connection.

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    activeNanos = loop.nanoTime();
    loop.opened(this);
    ctx.fireChannelActive();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ending = true;
    request = null;
    if (lingering != null) {
      lingering.cancel(false);
    }
    loop.closed(this);
    ctx.fireChannelInactive();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flush();
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (ctx.channel().isWritable()) {
      ctx.channel().config().setAutoRead(true);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      inputShutdown = true;
      if (lingering != null) {
        ctx.close();
      } else if (!ending) {
        // The client has sent all it wants to: it still gets every response.
        closeAfterPendingWrites();
      }
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (ctx.channel().isActive()) {
      loop.stats().failure();
    }
    ctx.close();
  }

  /** Ends the connection as soon as it owes no response. */
  void drain() {
    ChannelOutboundBuffer output = ctx.channel().unsafe().outboundBuffer();
    if (ending || request != null || output == null) {
      return;
    }
    if (output.isEmpty()) {
      ctx.close();
    } else {
      closeAfterPendingWrites();
    }
  }

  void abort() {
    ctx.close();
  }

  /**
   * How long this connection has made no progress: no request completed, and less output taken than
   * a client must take within the idle limit.
   */
  long idleNanos(long now) {
    ChannelOutboundBuffer output = ctx.channel().unsafe().outboundBuffer();
    if (output == null || output.isEmpty()) {
      outputMark = 0;
    } else {
      long left = output.totalPendingWriteBytes() - output.currentProgress();
      if (output.current() instanceof ByteBuf first) {
        left -= first.readerIndex();
      }
      if (left > outputMark) { // of a request that completed, which counts by itself
        outputMark = left;
      } else if (outputMark - left >= loop.limits().minOutput()) {
        outputMark = left;
        activeNanos = now;
      }
    }
    return now - activeNanos;
  }
}
