package org.mosstack.netty;

import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mosstack.StackCore;
import org.mosstack.socket.TcpListener;

/**
 * Brings the connections of one core to a server channel on another core's loop.
 *
 * <p>The server channel's loop (home) grants one batch at a time, and none while nobody reads
 * there: connections then stay in the backlog. A batch is accepted when there are both a grant and
 * waiting connections. Each side sets its flag and then looks at the other's, so that at least one
 * of them sees both; the grant is taken by compare-and-set, so that only one acts.
 */
final class CoreBacklog {
  /** Connections per grant. */
  private static final int BATCH = 16;

  private final ServerAcceptor home;
  private final StackCore core;
  private final AtomicBoolean granted = new AtomicBoolean();
  private final AtomicBoolean waiting = new AtomicBoolean();

  /** Known from the first {@link #acceptable}; the core's thread. */
  private TcpListener listener;

  /** Granted, but the batch hasn't arrived yet; home's thread. */
  private boolean outstanding;

  CoreBacklog(ServerAcceptor home, StackCore core) {
    this.home = home;
    this.core = core;
  }

  /** Requests a batch, unless one is on its way. Home's thread. */
  void request() {
    if (outstanding) {
      return;
    }
    outstanding = true;
    granted.set(true);
    if (waiting.get()) {
      core.execute(this::accept);
    }
  }

  /** Takes back an unused grant. Home's thread. */
  void revoke() {
    if (outstanding && granted.compareAndSet(true, false)) {
      outstanding = false;
    }
  }

  /** Called when connections wait in the core's backlog. The core's thread. */
  void acceptable(TcpListener listener) {
    this.listener = listener;
    waiting.set(true);
    accept();
  }

  private void accept() {
    if (!waiting.get() || !granted.compareAndSet(true, false)) {
      return;
    }
    List<Channel> batch = new ArrayList<>(BATCH);
    boolean more = true;
    Throwable failure = null;
    try {
      while (more && batch.size() < BATCH) {
        Channel channel = home.accept(listener, core);
        more = channel != null;
        if (more) {
          batch.add(channel);
        }
      }
    } catch (Throwable t) {
      failure = t; // the channels before it are good; the next batch resumes after it
    }
    waiting.set(more);
    deliver(batch, failure);
  }

  private void deliver(List<Channel> batch, Throwable failure) {
    if (batch.isEmpty() && failure == null) {
      granted.set(true); // nothing was waiting after all: the grant stays
    } else if (!home.tryExecute(() -> arrive(batch, failure))) {
      batch.forEach(channel -> channel.unsafe().closeForcibly());
    }
  }

  private void arrive(List<Channel> batch, Throwable failure) {
    outstanding = false;
    home.deliver(batch, failure);
  }

  /** After the listener was closed: resets what nobody accepted. Home's thread. */
  void drain(TcpListener closed) {
    core.execute(() -> closed.drain(core.index()));
  }
}
