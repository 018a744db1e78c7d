package org.mosstack.netty;

import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import java.nio.channels.ClosedChannelException;
import org.mosstack.StackCore;

/**
 * Where a socket channel's connection is: on which core, and whether the channel's loop drives that
 * core or is far from it. Decides with which loop the channel is registered. Any thread, unless
 * stated otherwise.
 */
final class SocketHome {
  private final MosSocketChannel channel;

  /** Null without a connection. */
  private volatile StackCore core;

  /** The connection as another thread's loop sees it; null while it is on its core's own loop. */
  private volatile FarConnection far;

  SocketHome(MosSocketChannel channel) {
    this.channel = channel;
  }

  /** The connection's core; null without a connection. */
  StackCore core() {
    return core;
  }

  /** The connection as another thread's loop sees it; null if there is none, or it isn't far. */
  FarConnection far() {
    return far;
  }

  /** Says that the connection is on a core whose thread this is. */
  void near(StackCore core) {
    this.core = core;
  }

  /** Says that the connection is on a core, and the channel on another thread's loop. */
  void far(StackCore core, FarConnection far) {
    this.core = core;
    this.far = far;
  }

  // ---- Registration ----

  /** The loop that a registration with the given one leads to, for a channel with a connection. */
  EventLoop loopFor(EventLoop given) {
    CoreLoop near = core == null || far != null ? null : CoreLoop.of(core);
    EventLoop meant = near == null ? null : near.meantBy(given);
    return meant == null || channel.isSettled() ? given : meant;
  }

  /**
   * Registers the channel, which has a connection and isn't registered. With the loop that drives
   * the connection's core, it is registered directly; an accepted one also if it is given to
   * another loop of that group, as frameworks do. With any other loop, the connection goes on
   * through the ring between its core and that loop.
   */
  void register(EventLoop given, ChannelPromise promise) {
    EventLoop loop = loopFor(given);
    CoreLoop near = CoreLoop.of(core);
    if (far != null) {
      far.moveTo(loop, () -> channel.registerItself(loop, promise));
    } else if (near != null && near.meantBy(loop) == loop) {
      channel.registerItself(loop, promise);
    } else if (!core.execute(() -> leaveCore(loop, promise))) {
      channel.unsafe().closeForcibly();
      promise.setFailure(new ClosedChannelException());
    }
  }

  /** The connection is from now on to be reached through a ring. On its core's thread. */
  private void leaveCore(EventLoop loop, ChannelPromise promise) {
    FarConnection made = channel.onStack().leaveCore(core);
    if (made == null) {
      channel.registerItself(loop, promise); // closed meanwhile, which that will say
      return;
    }
    far = made;
    made.moveTo(loop, () -> channel.registerItself(loop, promise));
  }

  // ---- Threads ----

  /**
   * Whether this is the thread that may use the connection of the channel, which isn't registered.
   */
  boolean isOnItsThread() {
    if (core == null) {
      return true;
    }
    if (far != null) {
      return far.isOnItsThread();
    }
    CoreLoop near = CoreLoop.of(core);
    return near != null && near.inLoop();
  }

  /**
   * Runs a task on the thread that may use the connection of the channel, which isn't registered.
   */
  void execute(Runnable task) {
    if (far != null) {
      far.execute(task);
    } else {
      core.execute(() -> executeOnCore(task));
    }
  }

  /** On the core's thread, which the connection may have left meanwhile. */
  private void executeOnCore(Runnable task) {
    if (far == null) {
      task.run();
    } else {
      far.execute(task);
    }
  }
}
