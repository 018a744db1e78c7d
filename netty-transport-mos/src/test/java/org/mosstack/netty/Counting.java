package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.util.concurrent.Promise;

/** Counts the bytes until the channel is inactive; fails its promise if there is an exception. */
final class Counting extends SimpleChannelInboundHandler<ByteBuf> {
  private final Promise<Integer> received;
  private int bytes;

  Counting(Promise<Integer> received) {
    this.received = received;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, ByteBuf msg) {
    bytes += msg.readableBytes();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    received.trySuccess(bytes);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    received.tryFailure(cause);
  }
}
