package org.mosstack.netty;

import io.netty.channel.IoRegistration;
import java.net.SocketException;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * Where the connections of a channel on a loop can be.
 *
 * @param stack the stack
 * @param nearCore the core that the loop drives; null if it drives none of this stack's
 */
record Place(MosStack stack, StackCore nearCore) {
  /**
   * The place of a channel.
   *
   * @param wanted the stack that the channel was made for, or null
   * @param registration the channel's; null if it is on no loop
   * @throws SocketException if the channel was made for none, and its loop has none
   */
  static Place of(MosStack wanted, IoRegistration registration) throws SocketException {
    CoreLoop loop = CoreLoop.of(registration);
    if (loop != null && (wanted == null || wanted == loop.stack())) {
      return new Place(loop.stack(), loop.core());
    }
    if (wanted == null) {
      throw new SocketException(
          "no stack: the channel's loop isn't one of this transport's; make the channel with its"
              + " stack, as by channelFactory(() -> new MosSocketChannel(stack))");
    }
    return new Place(wanted, null);
  }
}
