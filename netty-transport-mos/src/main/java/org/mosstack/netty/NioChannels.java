package org.mosstack.netty;

import io.netty.channel.IoEvent;
import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerContext;
import io.netty.channel.IoRegistration;
import io.netty.channel.nio.NioIoHandle;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.ThreadAwareExecutor;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.mosstack.CoreParker;

/**
 * The kernel's sockets on a core's loop: NIO channels, such as those for datagrams which frameworks
 * open for DNS on whatever loop they are on. Netty's NIO handler serves them, on this thread,
 * between the core's turns.
 *
 * <p>While the loop works, the selector is polled every {@link #INTERVAL_NANOS}; a loop that sleeps
 * does so in the selector. Only loops with which such a channel was registered have one of these.
 * On the loop's thread, unless stated otherwise.
 */
final class NioChannels {
  /** Time between two polls of the selector, each a system call of a microsecond or two. */
  private static final long INTERVAL_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /** The selector sleeps for whole milliseconds. */
  private static final long SHORTEST_SLEEP_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /** The selector rounds to the nearest millisecond, which mustn't cause a missed deadline. */
  private static final long ROUNDING_NANOS = SHORTEST_SLEEP_NANOS / 2;

  private static final IoHandlerContext LOOK =
      new IoHandlerContext() {
        @Override
        public boolean canBlock() {
          return false;
        }

        @Override
        public long delayNanos(long currentTimeNanos) {
          return 0;
        }

        @Override
        public long deadlineNanos() {
          return System.nanoTime();
        }
      };

  private final IoHandler nio;
  private final CoreParker parker;
  private final Runnable beforeEvents;
  private int open;

  /** A socket is closed when its key is, and the key at the selector's next poll. */
  private boolean closing;

  private long nextLookNanos = System.nanoTime();

  /**
   * Opens a selector.
   *
   * @param executor the loop
   * @param parker how the loop is woken
   * @param beforeEvents called before each event, which may arrive while the loop counts as asleep
   */
  NioChannels(ThreadAwareExecutor executor, CoreParker parker, Runnable beforeEvents) {
    this.parker = parker;
    this.beforeEvents = beforeEvents;
    nio = NioIoHandler.newFactory().newHandler(executor);
    nio.initialize();
    parker.alarm(nio::wakeup);
  }

  /** Whether the handle is that of a TCP channel. */
  static boolean isTcp(NioIoHandle handle) {
    return handle.selectableChannel() instanceof SocketChannel
        || handle.selectableChannel() instanceof ServerSocketChannel;
  }

  IoRegistration register(NioIoHandle handle) throws Exception {
    return nio.register(new Handle(handle));
  }

  /**
   * Handles what is ready, if it is time to poll.
   *
   * @return events handled
   */
  int poll() {
    if (open == 0 && !closing) {
      return 0;
    }
    long now = System.nanoTime();
    if (now - nextLookNanos < 0 && !closing) {
      return 0;
    }
    closing = false;
    nextLookNanos = now + INTERVAL_NANOS;
    return nio.run(LOOK);
  }

  /**
   * Whether the loop may sleep here for that long; otherwise it sleeps as if there were no
   * selector.
   */
  boolean canSleep(long nanos) {
    return open > 0 && nanos >= SHORTEST_SLEEP_NANOS;
  }

  /** Sleeps until a channel has something to do or the parker wakes it, at most {@code nanos}. */
  void sleep(IoHandlerContext loop, long nanos) {
    long until = System.nanoTime() + nanos - ROUNDING_NANOS;
    nio.run(
        new IoHandlerContext() {
          @Override
          public boolean canBlock() {
            return parker.isSleeping() && loop.canBlock();
          }

          @Override
          public long delayNanos(long currentTimeNanos) {
            return Math.max(0, until - currentTimeNanos);
          }

          @Override
          public long deadlineNanos() {
            return until;
          }
        });
  }

  /** Closes the channels. */
  void closeChannels() {
    nio.prepareToDestroy();
  }

  /** Closes the selector; nothing is registered any more. */
  void destroy() {
    nio.destroy();
  }

  /** Wraps a channel's own handle: counts it, and wakes the core before its events. */
  @SuppressWarnings("try") // close() throws what the channel's does
  private final class Handle implements NioIoHandle {
    private final NioIoHandle channel;

    Handle(NioIoHandle channel) {
      this.channel = channel;
    }

    @Override
    public SelectableChannel selectableChannel() {
      return channel.selectableChannel();
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
      beforeEvents.run();
      channel.handle(registration, event);
    }

    @Override
    public void registered() {
      open++;
      channel.registered();
    }

    @Override
    public void unregistered() {
      open--;
      closing = true;
      channel.unregistered();
    }

    @Override
    public void close() throws Exception {
      channel.close();
    }
  }
}
