package org.mosstack.netty;

import java.io.IOException;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;

/**
 * The error that ended a channel's connection, and how the user is told. As with a kernel socket,
 * the first read or write gets the error; later writes get "Broken pipe", and later reads the end
 * of the stream. On the channel's loop.
 */
final class BrokenConnection {
  private final MosSocketChannel channel;
  private final SocketReader reader;
  private final TcpError error;

  /** The error for the first read or write; null once reported. */
  private IOException cause;

  BrokenConnection(MosSocketChannel channel, SocketReader reader, TcpError error) {
    this.channel = channel;
    this.reader = reader;
    this.error = error;
    cause = SocketErrors.established(error);
  }

  TcpError error() {
    return error;
  }

  /**
   * Tells the user: first delivers what was received; then the error, to the pending writes or else
   * to the pipeline; then the end of the input. As with epoll, a channel with {@code
   * ALLOW_HALF_CLOSURE} stays open for its user to close.
   */
  void tell() {
    TcpConnection connection = channel.connection();
    reader.readRest();
    boolean complete = reader.isEndTold() || channel.isOpen() && connection.endOfStream();
    if (complete && error == TcpError.RESET) {
      cause = SocketErrors.brokenPipe(); // after the peer's FIN, an RST isn't news to a reader
    }
    channel.onStack().flushBroken();
    if (channel.isOpen()) {
      endInput(complete);
    }
    if (channel.isOpen()) {
      channel.onStack().dropConnection();
    }
  }

  private void endInput(boolean complete) {
    IOException untold = complete ? null : take();
    if (untold != null) {
      channel.pipeline().fireExceptionCaught(untold);
      if (!channel.isOpen()) {
        return;
      }
    }
    if (channel.config().isAllowHalfClosure()) {
      reader.endOfInput();
    } else {
      channel.closeAfter(untold);
    }
  }

  private IOException take() {
    IOException untold = cause;
    cause = null;
    return untold;
  }

  /** The error that a write fails with. */
  IOException takeForWrite() {
    IOException untold = take();
    return untold == null ? SocketErrors.brokenPipe() : untold;
  }
}
