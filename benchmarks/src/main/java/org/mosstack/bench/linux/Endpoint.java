package org.mosstack.bench.linux;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.RawUnixChannelOption;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Shared by both ends. A transfer is a connection: the client says in {@link #HEADER_BYTES} whether
 * it will receive or send, and how much; the receiver of many bytes counts them.
 */
final class Endpoint {
  static final int PORT = 5001;

  /** A byte for the direction, then the length, 8 bytes. */
  static final int HEADER_BYTES = 1 + Long.BYTES;

  /** The server sends. */
  static final byte DOWN = 'D';

  /** The server receives, and reports from time to time how many bytes it has, in 8 bytes. */
  static final byte UP = 'U';

  /** Used by the kernel and this project alike. */
  static final String CONGESTION_CONTROL = "cubic";

  static final int CHUNK_BYTES = 65_536;

  /** IPPROTO_TCP and TCP_CONGESTION of linux/tcp.h. */
  private static final int LEVEL_TCP = 6;

  private static final int TCP_CONGESTION = 13;
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(8 * CHUNK_BYTES, 16 * CHUNK_BYTES);

  private Endpoint() {}

  /** Returns the kernel's option for a connection's congestion control. */
  static RawUnixChannelOption congestionOption() {
    return new RawUnixChannelOption(
        "TCP_CONGESTION", LEVEL_TCP, TCP_CONGESTION, CONGESTION_CONTROL.length());
  }

  /** Returns the option's value; a buffer can be used only once. */
  static ByteBuffer congestionValue() {
    byte[] name = CONGESTION_CONTROL.getBytes(StandardCharsets.US_ASCII);
    return ByteBuffer.allocateDirect(name.length).put(name).flip();
  }

  /** Sets the options of client channels on all transports. */
  static void tune(AbstractBootstrap<?, ?> bootstrap) {
    bootstrap
        .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
        .option(ChannelOption.RECVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(CHUNK_BYTES));
  }

  /** Sets the same options for an accepted channel. */
  static void tune(Channel accepted) {
    accepted.config().setWriteBufferWaterMark(WATER_MARK);
    accepted.config().setRecvByteBufAllocator(new FixedRecvByteBufAllocator(CHUNK_BYTES));
  }

  /** Bytes of a transfer still to be sent; the channel takes some whenever it can. */
  static final class Source {
    private final ByteBuf chunk =
        Unpooled.unreleasableBuffer(Unpooled.directBuffer(CHUNK_BYTES).writeZero(CHUNK_BYTES));
    private long left;

    /** Starts a transfer. */
    void send(Channel channel, long bytes) {
      left = bytes;
      more(channel);
    }

    /** Continues as long as the channel is writable. */
    void more(Channel channel) {
      if (left == 0) {
        return;
      }
      while (left > 0 && channel.isWritable()) {
        int length = (int) Math.min(left, CHUNK_BYTES);
        channel.write(chunk.slice(0, length), channel.voidPromise());
        left -= length;
      }
      channel.flush();
    }
  }
}
