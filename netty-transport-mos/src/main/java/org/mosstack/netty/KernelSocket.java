package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * A kernel's socket that a channel has in reserve until it connects or binds: a channel of another
 * transport's, not registered. Whoever made the channel says which addresses are the stack's. Any
 * thread.
 *
 * @param <C> the kind of channel
 */
final class KernelSocket<C extends Channel> {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(KernelSocket.class);

  /** Options of other transports that were told of, each once in a process. */
  private static final Set<ChannelOption<?>> TOLD = ConcurrentHashMap.newKeySet();

  /** Whether the current thread registers a kernel's channel: by intention, not by mistake. */
  private static final FastThreadLocal<Boolean> REGISTERING = new FastThreadLocal<>();

  private final C channel;
  private final Predicate<InetSocketAddress> onStack;

  /** Options that were set, and that the stack doesn't have. */
  private final Set<ChannelOption<?>> foreign = ConcurrentHashMap.newKeySet();

  /** Whether the socket is closed without ever having been used. Guarded by this. */
  private boolean closed;

  KernelSocket(C channel, Predicate<InetSocketAddress> onStack) {
    this.channel = channel;
    this.onStack = onStack;
  }

  C channel() {
    return channel;
  }

  boolean isOnStack(InetSocketAddress address) {
    return onStack.test(address);
  }

  /**
   * Sets an option of the socket's. Whether it reads by itself is the channel's own decision.
   *
   * @param known whether the stack has the option, too
   * @return whether either has
   */
  synchronized <T> boolean setOption(ChannelOption<T> option, T value, boolean known) {
    if (closed || option == ChannelOption.AUTO_READ) {
      return known; // the descriptor of a closed socket may be another's by now
    }
    boolean set = channel.config().setOption(option, value);
    if (set && !known) {
      foreign.add(option);
    }
    return set || known;
  }

  /** The value of an option of the socket's; null if it has none, or is closed. */
  synchronized <T> T option(ChannelOption<T> option) {
    return closed ? null : channel.config().getOption(option);
  }

  /** The stack has the connection: names the options that mean nothing there, and closes. */
  void decline() {
    for (ChannelOption<?> option : foreign) {
      if (TOLD.add(option)) {
        logger.warn("The stack has no option {}: it is ignored on {}", option, channel.getClass());
      }
    }
    close();
  }

  /**
   * Registers a kernel's channel with a loop. On the loop.
   *
   * @param relay its only handler, whose reads are the only ones
   * @throws IOException if the loop refuses it; the socket is closed
   */
  static void register(Channel kernel, EventLoop loop, ChannelHandler relay) throws IOException {
    kernel.config().setAutoRead(false);
    kernel.pipeline().addLast(relay);
    Throwable refusal;
    REGISTERING.set(true);
    try {
      refusal = loop.register(kernel).cause();
    } finally {
      REGISTERING.remove();
    }
    if (refusal != null) {
      kernel.unsafe().closeForcibly();
      throw new IOException("the channel's loop has no place for " + kernel.getClass(), refusal);
    }
  }

  /** Whether the current thread is in {@link #register}. */
  static boolean isRegistering() {
    return REGISTERING.isSet();
  }

  /** Takes back a read of a kernel's channel that hasn't been answered. On the loop. */
  static void clearRead(Channel kernel) {
    kernel.config().setAutoRead(true); // only switching it off takes back a read
    kernel.config().setAutoRead(false);
  }

  /** Closes the socket, which no loop has. */
  synchronized void close() {
    closed = true;
    channel.unsafe().closeForcibly();
  }
}
