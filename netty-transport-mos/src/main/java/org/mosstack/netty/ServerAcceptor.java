package org.mosstack.netty;

import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;

/**
 * Brings accepted connections into a server channel's pipeline. Those of its own core come straight
 * from the backlog, those of each other core through a {@link CoreBacklog}. On the server channel's
 * loop, unless stated otherwise.
 */
final class ServerAcceptor implements AcceptHandler {
  /** Creates the channel of an accepted connection. */
  @FunctionalInterface
  interface ChannelFactory {
    Channel make(MosServerSocketChannel server, StackCore core, TcpConnection connection);
  }

  private final MosServerSocketChannel server;
  private final MosStack stack;
  private final EventLoop home;

  /** The core that the server channel's loop drives; null if it drives none. */
  private final StackCore homeCore;

  private final ChannelFactory factory;

  /** By core; null for the home core. */
  private final CoreBacklog[] others;

  /** Accepted on other cores, and not yet given to the pipeline. */
  private final ArrayDeque<Channel> arrived = new ArrayDeque<>();

  private final Runnable scheduledRead = this::runScheduled;
  private TcpListener listener;

  /** Whether the listener is closed, of which each core's thread asks. */
  private volatile boolean closed;

  /** Whether connections may wait in the home core's backlog. */
  private boolean waiting;

  private boolean interest;
  private boolean scheduled;
  private boolean reading;

  ServerAcceptor(
      MosServerSocketChannel server,
      MosStack stack,
      EventLoop home,
      StackCore homeCore,
      ChannelFactory factory) {
    this.server = server;
    this.stack = stack;
    this.home = home;
    this.homeCore = homeCore;
    this.factory = factory;
    others = new CoreBacklog[stack.cores()];
    for (int core = 0; core < others.length; core++) {
      if (stack.core(core) != homeCore) {
        others[core] = new CoreBacklog(this, stack.core(core));
      }
    }
  }

  /**
   * Runs a task on the server channel's loop. Any thread.
   *
   * @return false when the loop has ended
   */
  boolean tryExecute(Runnable task) {
    return LoopLink.tryExecute(home, task);
  }

  /** Called by TCP on each core's thread. */
  @Override
  public void acceptable(TcpListener listener, int core) {
    if (closed) {
      listener.drain(core); // Its handshake was under way when the listener was closed.
      return;
    }
    CoreBacklog other = others[core];
    if (other != null) {
      other.acceptable(listener);
      return;
    }
    this.listener = listener;
    waiting = true;
    if (interest) {
      read();
    }
  }

  /**
   * The core itself if it has a loop that serves connections; else one of those that have, chosen
   * by the core's number to spread the load about evenly. If the user's predicate names none, each
   * loop serves; if no core has a loop, each core does. On each core's thread.
   */
  @Override
  public int servingCore(int core) {
    Predicate<EventLoop> wanted = server.config().getServingLoops();
    int named = servingCore(core, wanted);
    if (named >= 0) {
      return named;
    }
    int any = servingCore(core, _ -> true);
    return any >= 0 ? any : core;
  }

  /** The core that serves what arrives at another, or -1 if none does. */
  private int servingCore(int core, Predicate<EventLoop> wanted) {
    if (serves(stack.core(core), wanted)) {
      return core;
    }
    int count = 0;
    for (int other = 0; other < stack.cores(); other++) {
      count += serves(stack.core(other), wanted) ? 1 : 0;
    }
    if (count == 0) {
      return -1;
    }
    int skip = core % count;
    int other = 0;
    while (!serves(stack.core(other), wanted) || skip-- > 0) {
      other++;
    }
    return other;
  }

  private static boolean serves(StackCore core, Predicate<EventLoop> wanted) {
    CoreLoop loop = CoreLoop.of(core);
    return loop != null && loop.isNamedBy(wanted);
  }

  /**
   * Takes a connection from a core's backlog, on its thread; null when none waits. A connection
   * whose channel can't be created, as when memory is short, is reset.
   */
  Channel accept(TcpListener listener, StackCore core) {
    TcpConnection connection = listener.accept(core.index());
    if (connection == null) {
      return null;
    }
    try {
      return factory.make(server, core, connection);
    } catch (Throwable t) {
      connection.handler(DetachedHandler.INSTANCE);
      connection.abort();
      throw t;
    }
  }

  /** Called when the user wants connections. */
  void beginRead() {
    interest = true;
    requestMore();
    scheduleIfWaiting();
  }

  /** Called when the user wants no connections: they stay in the backlogs. */
  void clear() {
    interest = false;
    for (CoreBacklog other : others) {
      if (other != null) {
        other.revoke();
      }
    }
  }

  /**
   * Takes a batch from another core.
   *
   * @param failure what ended it, or null
   */
  void deliver(List<Channel> batch, Throwable failure) {
    if (closed) {
      batch.forEach(channel -> channel.unsafe().closeForcibly());
      return;
    }
    arrived.addAll(batch);
    if (failure != null) {
      server.pipeline().fireExceptionCaught(failure);
    }
    if (interest) {
      read();
    }
  }

  /** Called when the listener is closed: nobody gets what wasn't accepted. */
  void close(TcpListener listener) {
    closed = true;
    clear();
    waiting = false;
    arrived.forEach(channel -> channel.unsafe().closeForcibly());
    arrived.clear();
    if (homeCore != null) {
      listener.drain(homeCore.index());
    }
    for (CoreBacklog other : others) {
      if (other != null) {
        other.drain(listener);
      }
    }
  }

  private void requestMore() {
    if (arrived.isEmpty()) { // Else deliver those first: that bounds what is on the way.
      for (CoreBacklog other : others) {
        if (other != null) {
          other.request();
        }
      }
    }
  }

  private void scheduleIfWaiting() {
    if (!scheduled && !reading && (waiting || !arrived.isEmpty())) {
      scheduled = true;
      home.execute(scheduledRead);
    }
  }

  private void runScheduled() {
    scheduled = false;
    if (interest) {
      read();
    }
  }

  private Channel next() {
    Channel channel = arrived.poll();
    if (channel == null && waiting) {
      channel = accept(listener, homeCore);
      waiting = channel != null;
    }
    return channel;
  }

  @SuppressWarnings("deprecation") // Handle: users' allocators may give plain ones.
  private void read() {
    if (reading) {
      return; // Called by a handler: the loop below goes on.
    }
    ChannelConfig config = server.config();
    ChannelPipeline pipeline = server.pipeline();
    RecvByteBufAllocator.Handle handle = server.unsafe().recvBufAllocHandle();
    handle.reset(config);
    handle.attemptedBytesRead(1);
    reading = true;
    Throwable failure = null;
    try {
      try {
        do {
          Channel channel = next();
          if (channel == null) {
            break;
          }
          handle.lastBytesRead(1); // For allocators that expect progress.
          handle.incMessagesRead(1);
          server.readAnswered();
          pipeline.fireChannelRead(channel);
        } while (!closed && handle.continueReading());
      } catch (Throwable t) {
        failure = t;
      }
      handle.readComplete();
      pipeline.fireChannelReadComplete();
      if (failure != null) {
        pipeline.fireExceptionCaught(failure);
      }
    } finally {
      reading = false;
      server.clearUnlessWanted();
      if (interest) {
        requestMore();
        scheduleIfWaiting();
      }
    }
  }
}
