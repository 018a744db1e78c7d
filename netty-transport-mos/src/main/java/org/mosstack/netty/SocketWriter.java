package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.internal.StringUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import org.mosstack.tcp.TcpConnection;

/**
 * Moves what a channel flushes into its connection. On the channel's loop.
 *
 * <p>Direct buffers go by reference: the buffer is retained for each part that TCP accepted and
 * released when that part is acknowledged. Others are copied to a direct buffer when they are
 * written, file regions piece by piece when there is space.
 */
final class SocketWriter {
  /** How a write ended. */
  enum Outcome {
    /** All was accepted, or the channel closed meanwhile. */
    DONE,
    /** The send buffer is full; {@code writable} follows. */
    BLOCKED,
    /** A file region had nothing to give just now. */
    TRY_LATER
  }

  private static final int MIN_CHUNK_BYTES = 4 * 1024;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;

  private final MosSocketChannel channel;

  /** Bytes of the current file region that are read and not yet accepted. */
  private ByteBuf chunk;

  SocketWriter(MosSocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Turns a message into one that {@link #write} takes, copying it if it must be.
   *
   * @throws UnsupportedOperationException neither a buffer nor a file region
   */
  static Object filter(Object message, ByteBufAllocator allocator) {
    if (message instanceof ByteBuf buffer) {
      return canBeReferenced(buffer) ? buffer : copyToDirect(buffer, allocator);
    }
    if (message instanceof FileRegion) {
      return message;
    }
    throw new UnsupportedOperationException(
        "unsupported message type: "
            + StringUtil.simpleClassName(message)
            + " (expected: ByteBuf, FileRegion)");
  }

  private static boolean canBeReferenced(ByteBuf buffer) {
    if (buffer.hasMemoryAddress()) {
      return true;
    }
    if (!(buffer instanceof CompositeByteBuf composite)) {
      return false;
    }
    for (int i = 0; i < composite.numComponents(); i++) {
      if (!composite.internalComponent(i).hasMemoryAddress()) {
        return false;
      }
    }
    return composite.numComponents() > 0;
  }

  private static ByteBuf copyToDirect(ByteBuf buffer, ByteBufAllocator allocator) {
    int length = buffer.readableBytes();
    if (length == 0) {
      ReferenceCountUtil.safeRelease(buffer);
      return Unpooled.EMPTY_BUFFER;
    }
    ByteBuf direct =
        allocator.isDirectBufferPooled() ? null : ByteBufUtil.threadLocalDirectBuffer();
    if (direct == null) {
      direct = allocator.directBuffer(length);
    }
    direct.writeBytes(buffer, buffer.readerIndex(), length);
    ReferenceCountUtil.safeRelease(buffer);
    return direct;
  }

  /** Writes flushed messages until none is left or the send buffer is full. */
  Outcome write(ChannelOutboundBuffer in) throws IOException {
    while (true) {
      // A listener of a finished write may have closed the channel.
      TcpConnection connection = channel.connection();
      Object message = in.current();
      if (connection == null || message == null) {
        return Outcome.DONE;
      }
      if (message instanceof FileRegion region) {
        Outcome outcome = writeRegion(connection, in, region);
        if (outcome != Outcome.DONE) {
          return outcome;
        }
      } else {
        ByteBuf buffer = (ByteBuf) message;
        if (!buffer.isReadable()) {
          in.remove();
          continue;
        }
        int accepted = writeBuffer(connection, buffer);
        if (accepted == 0) {
          return Outcome.BLOCKED;
        }
        in.removeBytes(accepted);
      }
    }
  }

  private static int writeBuffer(TcpConnection connection, ByteBuf buffer) {
    int index = buffer.readerIndex();
    if (buffer.hasMemoryAddress()) {
      return give(connection, buffer.memoryAddress() + index, buffer.readableBytes(), buffer);
    }
    CompositeByteBuf composite = (CompositeByteBuf) buffer;
    int i = composite.toComponentIndex(index);
    ByteBuf component = composite.internalComponent(i);
    int offset = index - composite.toByteIndex(i);
    int length = Math.min(component.capacity() - offset, buffer.readableBytes());
    return give(connection, component.memoryAddress() + offset, length, buffer);
  }

  /** Hands over bytes of a buffer, and the reference that keeps them alive. */
  private static int give(TcpConnection connection, long address, int length, ByteBuf buffer) {
    int accepted = connection.write(address, length, buffer);
    if (accepted > 0) {
      buffer.retain();
    }
    return accepted;
  }

  private Outcome writeRegion(TcpConnection connection, ChannelOutboundBuffer in, FileRegion region)
      throws IOException {
    if (chunk == null) {
      if (region.transferred() >= region.count()) {
        in.remove();
        return Outcome.DONE;
      }
      if (!fillChunk(connection, region)) {
        return Outcome.TRY_LATER;
      }
    }
    int wanted = chunk.readableBytes();
    int accepted = give(connection, chunk.memoryAddress() + chunk.readerIndex(), wanted, chunk);
    chunk.skipBytes(accepted);
    if (accepted == wanted) {
      releaseChunk();
    }
    in.progress(accepted);
    return accepted == wanted ? Outcome.DONE : Outcome.BLOCKED;
  }

  private boolean fillChunk(TcpConnection connection, FileRegion region) throws IOException {
    int space = Math.clamp(connection.writeSpace(), MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    int size = (int) Math.min(space, region.count() - region.transferred());
    ByteBuf target = channel.alloc().directBuffer(size, size);
    try {
      region.transferTo(new BufferChannel(target), region.transferred());
      if (target.isReadable()) {
        chunk = target.retain();
        return true;
      }
      return false;
    } finally {
      target.release();
    }
  }

  private void releaseChunk() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }

  /** Gives up what wasn't accepted. */
  void close() {
    releaseChunk();
  }

  /** A channel that takes as many bytes as fit into a buffer. */
  private record BufferChannel(ByteBuf target) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int length = Math.min(source.remaining(), target.writableBytes());
      target.writeBytes(source.slice(source.position(), length));
      source.position(source.position() + length);
      return length;
    }

    @Override
    public boolean isOpen() {
      return true;
    }

    @Override
    public void close() {
      // The buffer is its owner's.
    }
  }
}
