package org.example.consumer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.CompletableFuture;

/** Handlers that don't know which transport they run on. */
final class Pipelines {
  private Pipelines() {}

  /** Sends back what it receives. */
  @Sharable
  static final class Echo extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      context.write(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
      context.flush();
    }
  }

  /** Sends a pattern, and counts how much of it comes back. */
  static final class Client extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Long> received = new CompletableFuture<>();
    private final int bytes;
    private long count;

    Client(int bytes) {
      this.bytes = bytes;
    }

    CompletableFuture<Long> received() {
      return received;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      ByteBuf pattern = context.alloc().buffer(bytes);
      for (int i = 0; i < bytes; i++) {
        pattern.writeByte(i * 31 >> 4);
      }
      context.writeAndFlush(pattern);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      ByteBuf buffer = (ByteBuf) message;
      try {
        for (; buffer.isReadable(); count++) {
          if (buffer.readByte() != (byte) ((int) count * 31 >> 4)) {
            throw new IllegalStateException("byte " + count + " came back changed");
          }
        }
      } finally {
        buffer.release();
      }
      if (count == bytes) {
        received.complete(count);
        context.close();
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      received.completeExceptionally(new IllegalStateException("closed after " + count));
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      received.completeExceptionally(cause);
      context.close();
    }
  }
}
