package org.mosstack.epwget;

import io.netty.channel.EventLoop;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The time limits of all connections of one loop: a list in the order of the deadlines and one
 * scheduled task for its head.
 *
 * <p>Every connection has the same limit, so whoever moves gets the latest deadline and goes to the
 * tail. Adding, moving and removing are a few stores each; the task runs about once a limit,
 * however many connections there are. The list is kept without a limit too: a stop closes what is
 * on it.
 */
final class DeadlineList {
  private final EventLoop loop;
  private final long limitNanos;
  private Connection head;
  private Connection tail;

  /** Expires the head; null when there is nothing to expire. */
  private Future<?> task;

  /**
   * @param limitNanos the limit; 0 for none
   */
  DeadlineList(EventLoop loop, long limitNanos) {
    this.loop = loop;
    this.limitNanos = limitNanos;
  }

  /** Adds a connection, or moves it to the tail: something happened on it. */
  void touch(Connection connection) {
    if (limitNanos == 0 && connection.listed) {
      return;
    }
    remove(connection);
    connection.listed = true;
    connection.before = tail;
    if (tail == null) {
      head = connection;
    } else {
      tail.after = connection;
    }
    tail = connection;
    if (limitNanos > 0) {
      connection.deadlineNanos = System.nanoTime() + limitNanos;
      if (task == null) {
        arm(limitNanos);
      }
    }
  }

  /** Takes a connection off the list, if it is on it. */
  void remove(Connection connection) {
    if (!connection.listed) {
      return;
    }
    if (connection.before == null) {
      head = connection.after;
    } else {
      connection.before.after = connection.after;
    }
    if (connection.after == null) {
      tail = connection.before;
    } else {
      connection.after.before = connection.before;
    }
    connection.before = null;
    connection.after = null;
    connection.listed = false;
  }

  /** The connection that has waited longest, or null. */
  Connection head() {
    return head;
  }

  /** The run is over: drops the task, which would hold on to everything until it is due. */
  void close() {
    if (task != null) {
      task.cancel(false);
    }
  }

  private void arm(long nanos) {
    task = loop.schedule(this::expire, nanos, TimeUnit.NANOSECONDS);
  }

  private void expire() {
    // The task counts as armed meanwhile: whoever comes on during the loop is not due before the
    // head.
    long now = System.nanoTime();
    while (head != null && head.deadlineNanos - now <= 0) {
      head.timedOut(); // takes itself off the list, or goes to its tail
    }
    task = null;
    if (head != null) {
      arm(head.deadlineNanos - now);
    }
  }
}
