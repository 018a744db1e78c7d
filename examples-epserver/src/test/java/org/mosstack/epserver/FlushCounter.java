package org.mosstack.epserver;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;

/** Counts flushes on their way to the transport. */
final class FlushCounter extends ChannelOutboundHandlerAdapter {
  int count;

  @Override
  public void flush(ChannelHandlerContext ctx) {
    count++;
    ctx.flush();
  }
}
