package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.FileRegion;
import io.netty.util.internal.StringUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.WritableByteChannel;
import org.mosstack.socket.TcpConnection;

/**
 * Moves what a channel flushes into its connection. On the channel's loop.
 *
 * <p>A direct buffer that nobody else has a reference to is passed by reference: it is retained for
 * each part that TCP accepts and released when that part is acknowledged. Whoever has kept a
 * reference may change the bytes once the write is done, as with a kernel socket: such a buffer's
 * bytes are copied when TCP accepts them, unless {@link MosChannelOption#WRITE_ZERO_COPY_THRESHOLD}
 * promises that they don't change and the count keeps their memory alive; so are those of heap
 * buffers and file regions. Small copies share a buffer, so that a megabyte of small writes takes a
 * megabyte.
 */
final class SocketWriter {
  /** How a write ended. */
  enum Outcome {
    /** All was accepted, or the channel closed meanwhile. */
    DONE,
    /** The send buffer is full; {@code writable} follows. */
    BLOCKED,
    /** A file region had nothing to give just now, or there were only empty messages. */
    TRY_LATER
  }

  /** Limit of empty messages per flush; a listener may write the next one when one is done. */
  private static final int MAX_EMPTY = 1024;

  private static final int MIN_CHUNK_BYTES = 4 * 1024;
  private static final int MAX_CHUNK_BYTES = 64 * 1024;

  /** Size of a buffer for small copies, while others wait to be acknowledged. */
  private static final int COPIES_BYTES = 4 * 1024;

  private final MosSocketChannel channel;

  /** Bytes of the current file region that are read but not yet accepted. */
  private ByteBuf chunk;

  /** The message being passed by reference: TCP has some of its bytes, and a reference. */
  private ByteBuf shared;

  /** The buffer of the last copy, while TCP holds it and it has room left; not ours to release. */
  private ByteBuf copies;

  /** Whether a message was begun that can't be finished. */
  private boolean torn;

  SocketWriter(MosSocketChannel channel) {
    this.channel = channel;
  }

  /**
   * Checks that {@link #write} takes such a message.
   *
   * @throws UnsupportedOperationException neither a buffer nor a file region
   */
  static Object filter(Object message) {
    if (message instanceof ByteBuf || message instanceof FileRegion) {
      return message;
    }
    throw new UnsupportedOperationException(
        "unsupported message type: "
            + StringUtil.simpleClassName(message)
            + " (expected: ByteBuf, FileRegion)");
  }

  /** Writes flushed messages until none is left or the send buffer is full. */
  Outcome write(ChannelOutboundBuffer in) throws IOException {
    int empty = 0;
    while (empty < MAX_EMPTY) {
      // A listener of a finished write may have closed the channel.
      TcpConnection connection = channel.connection();
      Object message = in.current();
      if (connection == null || message == null) {
        return Outcome.DONE;
      }
      empty += isEmpty(message) ? 1 : 0;
      Outcome outcome;
      try {
        outcome =
            message instanceof FileRegion region
                ? writeRegion(connection, in, region)
                : writeBuffer(connection, in, (ByteBuf) message);
      } catch (ClosedByInterruptException | RuntimeException | Error e) {
        fail(in, e);
        empty++; // a listener may write the next one that fails
        continue;
      }
      if (outcome != Outcome.DONE) {
        return outcome;
      }
    }
    return Outcome.TRY_LATER;
  }

  private static boolean isEmpty(Object message) {
    return message instanceof FileRegion region
        ? region.transferred() >= region.count()
        : !((ByteBuf) message).isReadable();
  }

  /**
   * Fails a message whose bytes can't be obtained, or for whose copy there is no memory. Only that
   * write fails, unless the peer has some of the message and would take what follows for the rest.
   */
  private void fail(ChannelOutboundBuffer in, Throwable cause) throws IOException {
    releaseChunk();
    if (in.currentProgress() == 0) {
      in.remove(cause);
      return;
    }
    torn = true;
    throw new IOException("A write failed when part of it was sent: " + cause, cause);
  }

  /** Whether part of a message was sent and the rest can't be, which rules out an orderly end. */
  boolean isTorn() {
    return torn;
  }

  /** Sends a FIN after what was accepted. */
  void shutdownOutput(TcpConnection connection) {
    close();
    if (torn) {
      connection.abort(); // the peer mustn't take it for the whole message
    } else {
      connection.shutdownOutput();
    }
  }

  private Outcome writeBuffer(TcpConnection connection, ChannelOutboundBuffer in, ByteBuf buffer) {
    if (!buffer.isReadable()) {
      in.remove();
      return Outcome.DONE;
    }
    int accepted = writeBuffer(connection, buffer);
    if (accepted == 0) {
      return Outcome.BLOCKED;
    }
    in.removeBytes(accepted);
    return Outcome.DONE;
  }

  private int writeBuffer(TcpConnection connection, ByteBuf buffer) {
    boolean promised = isPromised(buffer);
    boolean unchanging =
        buffer == shared
            || promised && BufferOwnership.isKept(buffer)
            || BufferOwnership.isSole(buffer);
    ByteBuf memory = buffer;
    int offset = buffer.readerIndex();
    int length = buffer.readableBytes();
    if (buffer instanceof CompositeByteBuf composite) {
      int i = composite.toComponentIndex(offset);
      memory = composite.internalComponent(i);
      offset -= composite.toByteIndex(i);
      length = Math.min(length, memory.capacity() - offset);
      unchanging =
          unchanging
              && (promised ? BufferOwnership.isKept(memory) : BufferOwnership.isSole(memory));
    }
    if (!unchanging || !memory.hasMemoryAddress()) {
      return giveCopy(connection, buffer, length);
    }
    int accepted = give(connection, memory.memoryAddress() + offset, length, buffer);
    if (accepted > 0) {
      // While some of it is left, TCP's reference makes it look shared.
      shared = accepted < buffer.readableBytes() ? buffer : null;
    }
    return accepted;
  }

  /** Whether the application has promised not to change the bytes. */
  private boolean isPromised(ByteBuf buffer) {
    int threshold = channel.config().getWriteZeroCopyThreshold();
    return threshold >= 0 && buffer.readableBytes() >= threshold;
  }

  private int giveCopy(TcpConnection connection, ByteBuf buffer, int length) {
    int space = Math.min(length, connection.writeSpace());
    if (space == 0) {
      connection.wantSpace();
      return 0;
    }
    int appended = appendCopy(connection, buffer, space);
    if (appended > 0) {
      return appended;
    }
    // Whoever writes while something is pending may well write more.
    int capacity = connection.unacknowledgedBytes() == 0 ? space : Math.max(space, COPIES_BYTES);
    ByteBuf copy = channel.alloc().directBuffer(capacity, capacity);
    try {
      copy.writeBytes(buffer, buffer.readerIndex(), space);
      int accepted = give(connection, copy.memoryAddress(), space, copy);
      copies = accepted == space && copy.isWritable() ? copy : null;
      return accepted;
    } finally {
      copy.release();
    }
  }

  /** Appends bytes to the last copy; returns how many, none if TCP has sent it. */
  private int appendCopy(TcpConnection connection, ByteBuf buffer, int length) {
    ByteBuf target = copies;
    if (target == null || target.writableBytes() < length) {
      return 0;
    }
    long address = target.memoryAddress() + target.writerIndex();
    target.writeBytes(buffer, buffer.readerIndex(), length);
    int appended = connection.append(address, length, target);
    if (appended < length) {
      copies = null; // something else was written in between, or there is less room now
    }
    return appended;
  }

  /** Releases TCP's reference to a buffer that it gives back. */
  void released(Object buffer) {
    if (buffer == copies) {
      copies = null;
    }
  }

  /** Called when TCP no longer tells of the buffers that it gives back. */
  void leftCore() {
    copies = null;
  }

  /** Passes bytes of a buffer to TCP, with the reference that keeps them alive. */
  private static int give(TcpConnection connection, long address, int length, ByteBuf buffer) {
    buffer.retain(); // first: it throws if the buffer is already released
    int accepted = connection.write(address, length, buffer);
    if (accepted <= 0) {
      buffer.release();
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

  /**
   * Reads the next bytes of a region. One that encrypts or frames emits more than it counts: what
   * it says is left is only an estimate of what is to come.
   */
  private boolean fillChunk(TcpConnection connection, FileRegion region) throws IOException {
    long left = region.count() - region.transferred();
    int space = Math.clamp(connection.writeSpace(), MIN_CHUNK_BYTES, MAX_CHUNK_BYTES);
    int capacity = (int) Math.min(space, left);
    // At its end, it emits everything that is left.
    int limit = left <= space ? MAX_CHUNK_BYTES : space;
    ByteBuf target = channel.alloc().directBuffer(capacity, limit);
    // Reading a file on an interrupted thread would close it; the interrupt is for somebody else.
    boolean interrupted = Thread.interrupted();
    try {
      region.transferTo(new BufferChannel(target), region.transferred());
      if (target.isReadable()) {
        chunk = target.retain();
        return true;
      }
      return false;
    } finally {
      target.release();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void releaseChunk() {
    if (chunk != null) {
      chunk.release();
      chunk = null;
    }
  }

  /** Discards what wasn't accepted. */
  void close() {
    shared = null;
    copies = null;
    releaseChunk();
  }

  /** A channel that takes as many bytes as fit into a buffer. */
  private record BufferChannel(ByteBuf target) implements WritableByteChannel {
    @Override
    public int write(ByteBuffer source) {
      int length = Math.min(source.remaining(), target.maxWritableBytes());
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
