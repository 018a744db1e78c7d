package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.CharsetUtil;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Records a channel's events, for a test to compare with what it expects. */
@Sharable
class Recorder extends ChannelInboundHandlerAdapter {
  private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  volatile MosSocketChannel channel;

  /** Waits for the next event and compares it. */
  void expect(String event) {
    String next;
    try {
      next = events.poll(Net.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    assertNotNull(next, "timed out waiting for " + event);
    assertEquals(event, next);
  }

  void record(String event) {
    events.add(event);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    channel = (MosSocketChannel) ctx.channel();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    record("active");
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object msg) {
    ByteBuf buffer = (ByteBuf) msg;
    record("read " + buffer.toString(CharsetUtil.US_ASCII));
    buffer.release();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    record(event.getClass().getSimpleName());
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    record(cause.getClass().getSimpleName() + ": " + cause.getMessage());
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    record("inactive");
  }
}
