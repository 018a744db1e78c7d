package org.mosstack.netty;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.mosstack.StackCore;
import org.mosstack.config.ConfigException;

/**
 * Finds the handlers and tasks that hold up a stack's loops. A turn is everything between two polls
 * of a core: its packets, the channels' events and the loop's tasks, without its sleep. One that
 * lasts for {@value #PROPERTY} milliseconds is counted by the core ({@link
 * org.mosstack.stats.Counter#SLOW_TURNS}); a daemon thread, which looks at each core twice in that
 * time, logs the first of each loop with the stack trace of what it is doing.
 *
 * <p>A loop's own part is the store of a time per turn, which it has read anyway. The thread ends
 * when it has nothing left to find: each loop has been reported or has ended.
 */
final class SlowTurns {
  /** The system property: milliseconds; 0 turns the search off. */
  static final String PROPERTY = "mos.slowTurnMillis";

  /** The name of the thread. */
  static final String THREAD_NAME = "mos-slow-turns";

  private static final InternalLogger logger = InternalLoggerFactory.getInstance(SlowTurns.class);

  /** Long enough for a class to be loaded, and short enough to be told before peers repeat much. */
  private static final int DEFAULT_MILLIS = 200;

  private static final int MAX_MILLIS = 3_600_000;

  private final int limitMillis;
  private final long limitNanos;
  private final List<Loop> loops = new CopyOnWriteArrayList<>();
  private boolean watching; // guarded by this

  private record Loop(StackCore core, Thread thread) {}

  /**
   * Makes one that finds turns of this length.
   *
   * @param limitMillis milliseconds; 0 for none
   */
  SlowTurns(int limitMillis) {
    this.limitMillis = limitMillis;
    limitNanos = TimeUnit.MILLISECONDS.toNanos(limitMillis);
  }

  /**
   * Makes one as the system property has it.
   *
   * @throws ConfigException if that isn't a number that is allowed
   */
  static SlowTurns ofProperty() {
    String text = System.getProperty(PROPERTY, Integer.toString(DEFAULT_MILLIS));
    try {
      int millis = Integer.parseInt(text.strip());
      if (millis >= 0 && millis <= MAX_MILLIS) {
        return new SlowTurns(millis);
      }
    } catch (NumberFormatException _) { // told below
    }
    throw new ConfigException(
        PROPERTY
            + ": read \""
            + text
            + "\", allowed: milliseconds, 1 to "
            + MAX_MILLIS
            + ", or 0 to look for no slow turns");
  }

  /** Begins to watch a core. On its loop's thread. */
  synchronized void watch(StackCore core) {
    if (limitMillis == 0) {
      return;
    }
    core.slowTurnNanos(limitNanos);
    loops.add(new Loop(core, Thread.currentThread()));
    if (!watching) {
      watching = true;
      Thread thread = new Thread(this::run, THREAD_NAME);
      thread.setDaemon(true);
      thread.start();
    }
  }

  /**
   * Ends that, before the loop does: while it shuts down, it naps without being asleep to its core.
   * Further calls do nothing. On the loop's thread.
   */
  synchronized void leave(StackCore core) {
    core.slowTurnNanos(Long.MAX_VALUE);
    loops.removeIf(loop -> loop.core == core);
    notifyAll();
  }

  private void run() {
    while (waits()) {
      loops.forEach(this::look);
    }
  }

  /** Waits until it is time to look; returns false if there is nothing to look at any more. */
  private synchronized boolean waits() {
    try {
      if (!loops.isEmpty()) {
        wait(Math.max(1, limitMillis / 2));
      }
    } catch (InterruptedException _) { // whoever wants it to end
      loops.clear();
    }
    watching = !loops.isEmpty();
    return watching;
  }

  private void look(Loop loop) {
    long nanos = loop.core.turnNanos();
    if (nanos < limitNanos) {
      return;
    }
    StackTraceElement[] trace = loop.thread.getStackTrace();
    if (loop.core.turnNanos() < nanos) {
      return; // that turn has ended, and the trace may be another's
    }
    loops.remove(loop);
    Throwable where = new Throwable("This is what it is doing:");
    where.setStackTrace(trace);
    logger.warn(
        "Core {}, thread {}, has been held up for {} ms: no packet of its connections is received"
            + " or sent meanwhile. Blocking work belongs on another executor. Later ones are only"
            + " counted (SLOW_TURNS); -D{}=N sets another limit than {} ms, 0 none",
        loop.core.index(),
        loop.thread.getName(),
        TimeUnit.NANOSECONDS.toMillis(nanos),
        PROPERTY,
        limitMillis,
        where);
  }
}
