package org.mosstack.netty;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.util.UncheckedBooleanSupplier;
import java.io.IOException;
import org.mosstack.socket.TcpConnection;

/**
 * Reads a channel's connection into its pipeline. On the channel's loop.
 *
 * <p>The semantics are those of a level-triggered selector: while the user wants to read and there
 * is something to read, a read takes place. When nobody wants to, data stays in the connection, and
 * TCP's window closes. Once the peer has ended the stream, or the connection is broken, everything
 * is read in any case, and the end is reported, as by Netty's epoll transport: nothing more can
 * arrive, and users who have stopped reading still want to know that the peer has left.
 */
final class SocketReader implements Runnable, UncheckedBooleanSupplier {
  private final MosSocketChannel channel;

  /** Whether arriving data is to be read: what a selector would call read interest. */
  private boolean interest;

  /** Whether a read() of the user hasn't been answered yet. */
  private boolean readPending;

  private boolean scheduled;
  private boolean reading;

  /** Whether the user has been told of the end of the stream. */
  private boolean endDelivered;

  SocketReader(MosSocketChannel channel) {
    this.channel = channel;
  }

  /** Called when the user wants to read. */
  void beginRead() {
    readPending = true;
    interest = true;
    scheduleIfReadable();
  }

  /** Called when the user no longer wants to read. */
  void clear() {
    readPending = false;
    interest = false;
  }

  /** Like {@link #clear}, unless the user has changed their mind since. */
  void clearUnlessWanted() {
    if (!readPending && !channel.config().isAutoRead()) {
      clear();
    }
  }

  /** Called when the connection has something to read. */
  void readable() {
    if (interest || isEnding()) {
      read();
    }
  }

  /** Called when the channel is registered; what arrived before counts. */
  void registered() {
    scheduleIfReadable();
  }

  /**
   * Reads what was received before the connection broke. Ends when nothing is left, the channel is
   * closed, or a read has yielded nothing: an allocator may keep failing.
   */
  void readRest() {
    TcpConnection connection = channel.connection();
    int before = Integer.MAX_VALUE;
    while (channel.connection() == connection && isProgress(connection.available(), before)) {
      before = connection.available();
      read();
    }
  }

  private static boolean isProgress(int left, int before) {
    return left > 0 && left < before;
  }

  /** Called when the user has shut down the input: for them, the stream has ended. */
  void inputShutdown() {
    scheduleIfReadable();
  }

  /** Nothing will be read any more. */
  void close() {
    clear();
    endDelivered = true;
  }

  /** Whether there is more to read. */
  @Override
  public boolean get() {
    return isReadable();
  }

  private boolean isReadable() {
    TcpConnection connection = channel.connection();
    return connection != null && (connection.available() > 0 || isAtEnd());
  }

  /** Whether only the end of the stream is left, not reported yet. */
  private boolean isAtEnd() {
    return isEnding() && channel.connection().endOfStream();
  }

  /** Whether nothing more can arrive, and that hasn't been reported yet. */
  private boolean isEnding() {
    TcpConnection connection = channel.connection();
    return connection != null && !endDelivered && !isInputOver() && connection.isInputComplete();
  }

  /** Whether the end of the stream was reported, or the user already knows of it. */
  boolean isEndTold() {
    return endDelivered;
  }

  private void scheduleIfReadable() {
    if (!scheduled && !reading && (interest || isEnding()) && isReadable()) {
      scheduled = true;
      channel.eventLoop().execute(this);
    }
  }

  /** A read that was scheduled: each channel has one of these objects, so it is the task, too. */
  @Override
  public void run() {
    scheduled = false;
    if (channel.isRegistered()) {
      readable();
    }
  }

  private boolean isInputOver() {
    return channel.isInputShutdownByUser()
        && (endDelivered || !channel.config().isAllowHalfClosure());
  }

  @SuppressWarnings("deprecation") // Handle: users' allocators may give plain ones.
  private void read() {
    if (isInputOver()) {
      clear();
      return;
    }
    if (!isReadable()) {
      return;
    }
    ChannelConfig config = channel.config();
    ChannelPipeline pipeline = channel.pipeline();
    RecvByteBufAllocator.Handle handle = channel.unsafe().recvBufAllocHandle();
    handle.reset(config);
    reading = true;
    ByteBuf buffer = null;
    boolean end = false;
    try {
      do {
        TcpConnection connection = channel.connection();
        if (connection.available() == 0) {
          handle.lastBytesRead(-1);
          readPending = false;
          end = true;
          break;
        }
        buffer = handle.allocate(config.getAllocator());
        handle.attemptedBytesRead(buffer.writableBytes());
        int n = readInto(connection, buffer);
        handle.lastBytesRead(n);
        if (n == 0) { // the allocator gave no room
          buffer.release();
          buffer = null;
          break;
        }
        handle.incMessagesRead(1);
        readPending = false;
        ByteBuf message = buffer;
        buffer = null;
        pipeline.fireChannelRead(message);
      } while (!isInputOver() && isReadable() && continueReading(handle));
      handle.readComplete();
      pipeline.fireChannelReadComplete();
      if (end) {
        endOfInput();
      }
    } catch (Throwable t) {
      handleFailure(handle, buffer, t);
    } finally {
      reading = false;
      clearUnlessWanted();
      scheduleIfReadable();
    }
  }

  @SuppressWarnings("deprecation") // as above
  private boolean continueReading(RecvByteBufAllocator.Handle handle) {
    return handle instanceof RecvByteBufAllocator.ExtendedHandle extended
        ? extended.continueReading(this)
        : handle.continueReading();
  }

  /** Reads what fits into a buffer, and returns what {@link TcpConnection#read} does. */
  static int readInto(TcpConnection connection, ByteBuf buffer) {
    if (connection instanceof FarConnection far) {
      return far.read(buffer);
    }
    int index = buffer.writerIndex();
    int length = buffer.writableBytes();
    int n;
    if (buffer.hasMemoryAddress()) {
      n = connection.read(buffer.memoryAddress() + index, length);
    } else if (buffer.hasArray()) {
      n = connection.read(buffer.array(), buffer.arrayOffset() + index, length);
    } else {
      byte[] copy = new byte[Math.min(length, connection.available())];
      n = connection.read(copy, 0, copy.length);
      buffer.setBytes(index, copy, 0, n);
    }
    buffer.writerIndex(index + n);
    return n;
  }

  /** Called when nothing is left to read and nothing more will arrive. */
  void endOfInput() {
    ChannelPipeline pipeline = channel.pipeline();
    if (!channel.isInputShutdownByUser()) {
      if (!channel.config().isAllowHalfClosure()) {
        channel.unsafe().close(channel.unsafe().voidPromise());
        return;
      }
      channel.markInputShutdown();
      pipeline.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
    }
    if (!endDelivered) {
      endDelivered = true;
      pipeline.fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
    }
  }

  @SuppressWarnings("deprecation") // as above
  private void handleFailure(RecvByteBufAllocator.Handle handle, ByteBuf buffer, Throwable cause) {
    if (buffer != null) {
      buffer.release();
    }
    handle.readComplete();
    ChannelPipeline pipeline = channel.pipeline();
    pipeline.fireChannelReadComplete();
    pipeline.fireExceptionCaught(cause);
    if (cause instanceof OutOfMemoryError || cause instanceof IOException) {
      channel.unsafe().close(channel.unsafe().voidPromise());
    }
  }
}
