package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.IoHandle;

/** A channel of this transport, as its loop's {@link MosIoHandler} sees it. */
interface MosIoHandle extends IoHandle {
  /** The channel itself. */
  Channel channel();

  /** Closes the channel. */
  @Override
  void close();

  /** Ends a close that waits for SO_LINGER, because the loop is ending. */
  void closeNow();
}
