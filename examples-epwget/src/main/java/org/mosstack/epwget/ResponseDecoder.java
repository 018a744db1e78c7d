package org.mosstack.epwget;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpResponseDecoder;

/**
 * Netty's response decoder, which also counts what arrives and reports what it hasn't decoded yet.
 * The request side needs no codec: requests are encoded once.
 */
final class ResponseDecoder extends HttpResponseDecoder {
  /** Body parts are slices of what was read; a larger limit than any read avoids cutting them. */
  private static final int MAX_CHUNK_BYTES = 1 << 20;

  private final LoopCounters counters;
  private long received;

  ResponseDecoder(LoopCounters counters) {
    super(new HttpDecoderConfig().setMaxChunkSize(MAX_CHUNK_BYTES));
    this.counters = counters;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) throws Exception {
    if (msg instanceof ByteBuf bytes) {
      counters.read(bytes.readableBytes());
      received += bytes.readableBytes();
    }
    super.channelRead(ctx, msg);
  }

  /** Bytes received over this connection. */
  long received() {
    return received;
  }

  /** Bytes after the last message that was passed on. */
  int unread() {
    return actualReadableBytes();
  }
}
