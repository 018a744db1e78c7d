package org.mosstack.epserver;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/** A peer with a closed window: flushed data stays in the channel's buffer until it opens. */
final class HeldBack extends ChannelOutboundHandlerAdapter {
  boolean open;
  private ChannelHandlerContext ctx;

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    this.ctx = ctx;
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    if (open) {
      ctx.flush();
    }
  }

  void flushNow() {
    ctx.flush();
  }
}
