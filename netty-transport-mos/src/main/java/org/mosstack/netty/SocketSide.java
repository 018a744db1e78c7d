package org.mosstack.netty;

import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.util.function.Consumer;
import org.mosstack.socket.TcpConnection;

/**
 * Who has a socket channel's connection: the stack, as before there is one, or the kernel. On the
 * channel's loop.
 */
interface SocketSide {
  /**
   * The channel is about to be registered with a loop, which may be another one than before.
   *
   * @param then run there
   */
  void arrive(EventLoop loop, Runnable then);

  /** The channel is registered. */
  void registered();

  /** The channel leaves its loop. */
  void deregistered();

  /** Passes on a changed option, or all of them. */
  void change(Consumer<TcpConnection> change);

  /** The user wants to read. */
  void beginRead();

  /** The user no longer wants to read. */
  void clearRead();

  /** Like {@link #clearRead}, unless the user has changed their mind since. */
  void clearReadUnlessWanted();

  /** Whether a flush is of use: not while the send buffer is full. */
  boolean takesMore();

  /** Writes what is flushed, as far as there is room. */
  void write(ChannelOutboundBuffer in) throws Exception;

  /** Sends a FIN after what was accepted. */
  void shutdownOutput() throws IOException;

  /** Discards what is and will be received. */
  void shutdownInput(ChannelPromise promise);

  /**
   * Has a close wait until the peer has acknowledged everything, if there is something to wait for.
   *
   * @param seconds the longest time; at least 1
   * @return null if the close needn't wait here
   */
  Linger linger(int seconds);

  /** Leaves the connection to TCP; the channel hears no more of it. */
  void close();
}
