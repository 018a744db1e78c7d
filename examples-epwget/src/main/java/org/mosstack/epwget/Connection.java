package org.mosstack.epwget;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;

/**
 * One connection and the flow on it: sends the request, checks the response, reports the outcome.
 *
 * <p>It is its channel's last handler and the listener of its connect. All methods run on the loop.
 */
final class Connection extends ChannelInboundHandlerAdapter implements ChannelFutureListener {
  /** The start of a flow whose request has not been sent. */
  static final long NOT_SENT = 0;

  /** Reading pauses when this much of a body waits for its file, and resumes below half of it. */
  static final int PAUSE_BYTES = 256 * 1024;

  private static final int RESUME_BYTES = PAUSE_BYTES / 2;
  private static final int OK = 200;
  private static final int SWITCHING_PROTOCOLS = 101;

  private enum State {
    CONNECTING,
    /** The request is sent, the head of the response is due. */
    HEAD,
    /** In an interim response (1xx), which another response follows. */
    INTERIM,
    BODY,
    /** The body is complete, its file not yet. */
    FILE,
    /** There is no flow any more; the channel is closing or closed. */
    OVER
  }

  private final DeadlineList.Entry waiting = new DeadlineList.Entry(this);
  private final DeadlineList.Entry running = new DeadlineList.Entry(this);
  private final LoadLoop loop;
  private final ResponseDecoder decoder;
  private ChannelHandlerContext ctx;
  private State state = State.CONNECTING;

  private long flow;
  private long startNanos;

  /** What the decoder had received when the request was sent. */
  private long receivedBefore;

  /** Whether an earlier flow completed on this connection. */
  private boolean reused;

  private boolean keepAlive;
  private long bodyBytes;
  private long latencyNanos;

  /** Null when bodies are discarded. */
  private BodyFile file;

  /**
   * @param startNanos when the request was first sent, or {@link #NOT_SENT}
   */
  Connection(LoadLoop loop, long flow, long startNanos) {
    this.loop = loop;
    this.flow = flow;
    this.startNanos = startNanos;
    this.decoder = new ResponseDecoder(loop.counters());
  }

  /** Starts the time limits, before the connect. */
  void begin() {
    loop.deadlines().touch(waiting);
    loop.flowDeadlines().touch(running);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
    loop.channelOpened();
    ctx.pipeline().addBefore(ctx.name(), null, decoder);
  }

  /** The pipeline drops its handlers once the channel is closed and unregistered. */
  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    loop.channelClosed();
  }

  /** The connect has succeeded or failed. */
  @Override
  public void operationComplete(ChannelFuture connect) {
    if (!loop.inEventLoop()) { // A channel that couldn't be created has no loop to report it on.
      loop.execute(() -> operationComplete(connect));
      return;
    }
    if (!connect.isSuccess() && state == State.CONNECTING) {
      fail(ErrorKind.ofConnect(connect.cause()));
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (state == State.CONNECTING) {
      send();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    if (state == State.OVER) {
      ReferenceCountUtil.release(msg);
      return;
    }
    HttpObject part = (HttpObject) msg;
    if (part.decoderResult().isFailure()) {
      ReferenceCountUtil.release(msg);
      lost(ErrorKind.ofConnection(part.decoderResult().cause()));
      return;
    }
    if (part instanceof HttpResponse response) {
      head(response);
    }
    if (part instanceof HttpContent content) {
      content(content);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    // Not for interim responses, nor for a part of a head: a server could send those for ever.
    if (waiting.isListed() && state == State.BODY) {
      loop.deadlines().touch(waiting);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (state != State.FILE) {
      lost(ErrorKind.CLOSED_EARLY);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (state == State.FILE) {
      ctx.close(); // The body is here: only the next flow needs another connection.
    } else {
      lost(ErrorKind.ofConnection(cause));
    }
  }

  /** The time limit has passed since the request, or since the last part of the body. */
  void timedOut() {
    if (state == State.CONNECTING) {
      fail(ErrorKind.CONNECT_TIMEOUT);
    } else if (ctx.channel().config().isAutoRead()) {
      fail(ErrorKind.RESPONSE_TIMEOUT);
    } else {
      loop.deadlines().touch(waiting); // The file is behind, not the server.
    }
  }

  /** The time limit of the whole flow has passed. */
  void tookTooLong() {
    fail(ErrorKind.FLOW_TIMEOUT);
  }

  /** Ends the flow without an outcome: the run is being stopped. */
  void abandon() {
    end();
    loop.flowEnded();
  }

  private void send() {
    long now = System.nanoTime();
    if (startNanos == NOT_SENT) {
      startNanos = now;
    }
    state = State.HEAD;
    receivedBefore = decoder.received();
    bodyBytes = 0;
    ByteBuf request = loop.request();
    loop.counters().written(request.readableBytes());
    loop.deadlines().touch(waiting);
    // A write that fails ends in exceptionCaught.
    ctx.writeAndFlush(request.retainedDuplicate(), ctx.voidPromise());
  }

  private void head(HttpResponse response) {
    int status = response.status().code();
    if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL
        && status != SWITCHING_PROTOCOLS) {
      state = State.INTERIM;
      return;
    }
    if (status != OK) {
      fail(ErrorKind.BAD_STATUS, status);
      return;
    }
    if (!HttpUtil.isTransferEncodingChunked(response) && !HttpUtil.isContentLengthSet(response)) {
      fail(ErrorKind.NO_LENGTH);
      return;
    }
    if (HttpUtil.getContentLength(response, 0L) > loop.maxBodyBytes()) {
      fail(ErrorKind.TOO_LARGE);
      return;
    }
    keepAlive = HttpUtil.isKeepAlive(response);
    file = loop.openFile(flow, this::fileProgress);
    state = State.BODY;
  }

  private void content(HttpContent content) {
    boolean last = content instanceof LastHttpContent;
    if (state != State.BODY) {
      content.release();
      if (last && state == State.INTERIM) {
        state = State.HEAD;
      }
      return;
    }
    int bytes = content.content().readableBytes();
    bodyBytes += bytes;
    if (bodyBytes > loop.maxBodyBytes()) {
      content.release();
      fail(ErrorKind.TOO_LARGE);
      return;
    }
    if (file == null || bytes == 0) {
      content.release();
    } else {
      file.write(content.content()); // with the reference that came with the content
      if (file.pendingBytes() >= PAUSE_BYTES && ctx.channel().config().isAutoRead()) {
        loop.counters().pause();
        ctx.channel().config().setAutoRead(false);
      }
    }
    if (last) {
      bodyComplete();
    }
  }

  /** The decoder has seen the whole body: Content-Length bytes, or the last chunk. */
  private void bodyComplete() {
    latencyNanos = System.nanoTime() - startNanos;
    if (decoder.unread() > 0) {
      fail(ErrorKind.LENGTH_MISMATCH); // These bytes answer no request.
      return;
    }
    if (file == null) {
      complete();
      return;
    }
    state = State.FILE;
    loop.deadlines().remove(waiting);
    file.finish();
  }

  private void fileProgress() {
    if (file.closed()) {
      loop.fileClosed();
    }
    if (state == State.OVER) {
      return;
    }
    if (file.error() != null) {
      fail(ErrorKind.FILE_ERROR);
    } else if (state == State.FILE && file.closed()) {
      resume();
      complete();
    } else if (file.pendingBytes() < RESUME_BYTES) {
      resume();
    }
  }

  private void resume() {
    if (ctx.channel().isActive() && !ctx.channel().config().isAutoRead()) {
      ctx.channel().config().setAutoRead(true);
    }
  }

  private void complete() {
    loop.completed(latencyNanos, bodyBytes);
    file = null;
    long next = loop.next(keepAlive && ctx.channel().isActive());
    if (next >= 0) {
      reused = true;
      flow = next;
      startNanos = NOT_SENT;
      loop.flowDeadlines().touch(running);
      send();
    } else {
      end();
      loop.flowEnded();
    }
  }

  /**
   * The connection broke. Where the server closed a kept-alive connection before it can have seen
   * the request, the request goes out again over a new one (RFC 9112, 9.3.1).
   */
  private void lost(ErrorKind kind) {
    if (state == State.OVER) {
      return;
    }
    boolean unanswered = state == State.HEAD && decoder.received() == receivedBefore;
    if (unanswered && reused) {
      end();
      loop.reopen(flow, startNanos);
    } else {
      fail(unanswered && kind == ErrorKind.CLOSED_EARLY ? ErrorKind.CLOSED_BEFORE_RESPONSE : kind);
    }
  }

  private void fail(ErrorKind kind) {
    fail(kind, 0);
  }

  private void fail(ErrorKind kind, int status) {
    end();
    loop.failed(kind, status);
  }

  private void end() {
    state = State.OVER;
    loop.deadlines().remove(waiting);
    loop.flowDeadlines().remove(running);
    if (file != null && !file.closed()) {
      file.finish();
    }
    if (ctx != null) {
      ctx.close();
    }
  }
}
