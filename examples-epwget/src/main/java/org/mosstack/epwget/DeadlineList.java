package org.mosstack.epwget;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * One time limit of all connections of one loop: a list in the order of the deadlines and one
 * scheduled task for its head.
 *
 * <p>Every connection has the same limit, so whoever moves gets the latest deadline and goes to the
 * tail. Adding, moving and removing are a few stores each; the task runs about once a limit,
 * however many connections there are. The list is kept without a limit too: a stop closes what is
 * on it.
 */
final class DeadlineList {
  /** A connection's place on a list. */
  static final class Entry {
    private final Connection connection;
    private Entry before;
    private Entry after;
    private boolean listed;
    private long deadlineNanos;

    Entry(Connection connection) {
      this.connection = connection;
    }

    boolean isListed() {
      return listed;
    }
  }

  private final EventLoop loop;
  private final long limitNanos;
  private final Consumer<Connection> expiry;
  private Entry head;
  private Entry tail;

  /** Expires the head; null when there is nothing to expire. */
  private Future<?> task;

  /**
   * @param limitNanos the limit; 0 for none
   * @param expiry called with a connection whose limit has passed: takes its entry off this list,
   *     or moves it to the tail
   */
  DeadlineList(EventLoop loop, long limitNanos, Consumer<Connection> expiry) {
    this.loop = loop;
    this.limitNanos = limitNanos;
    this.expiry = expiry;
  }

  /** Adds an entry, or moves it to the tail: its time begins now. */
  void touch(Entry entry) {
    if (limitNanos == 0 && entry.listed) {
      return;
    }
    remove(entry);
    entry.listed = true;
    entry.before = tail;
    if (tail == null) {
      head = entry;
    } else {
      tail.after = entry;
    }
    tail = entry;
    if (limitNanos > 0) {
      entry.deadlineNanos = System.nanoTime() + limitNanos;
      if (task == null) {
        arm(limitNanos);
      }
    }
  }

  /** Takes an entry off the list, if it is on it. */
  void remove(Entry entry) {
    if (!entry.listed) {
      return;
    }
    if (entry.before == null) {
      head = entry.after;
    } else {
      entry.before.after = entry.after;
    }
    if (entry.after == null) {
      tail = entry.before;
    } else {
      entry.after.before = entry.before;
    }
    entry.before = null;
    entry.after = null;
    entry.listed = false;
  }

  /** The connection that has waited longest, or null. */
  Connection head() {
    return head == null ? null : head.connection;
  }

  /** Ends the run: drops the task, which would keep everything reachable until it is due. */
  void close() {
    if (task != null) {
      task.cancel(false);
    }
  }

  private void arm(long nanos) {
    task = loop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
  }

  private void expire() {
    // The task counts as armed meanwhile: whoever is added during the loop isn't due before the
    // head.
    long now = System.nanoTime();
    while (head != null && head.deadlineNanos - now <= 0) {
      expiry.accept(head.connection);
    }
    task = null;
    if (head != null) {
      arm(head.deadlineNanos - now);
    }
  }
}
