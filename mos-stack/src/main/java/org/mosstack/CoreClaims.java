package org.mosstack;

import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Who drives which core of a stack. Drivers come and go one by one, as the loops of an event loop
 * group start; from the first one's claim on, the cores that nobody has claimed are driven by a
 * thread of the stack's own, since packets may arrive on any of them. When the last driver leaves,
 * and nobody has a lease, the stack ends.
 *
 * <p>Any thread, unless stated otherwise.
 */
final class CoreClaims {
  /** Time for connections to end in an orderly way when the stack's own threads are stopped. */
  private static final long STOP_NANOS = TimeUnit.SECONDS.toNanos(2);

  private final StackCore[] cores;
  private final Runnable whenEnded;
  private final StackThread unclaimed = new StackThread("mos-unclaimed", false, false);

  // Guarded by this.
  private final Set<CoreDriver> drivers = Collections.newSetFromMap(new IdentityHashMap<>());
  private final boolean[] reserved;

  /** The stack's own threads, one for each core; empty if others drive them. */
  private StackThread[] threads = {};

  /** Those who keep the stack going without driving a core. */
  private int leases;

  /** Whether it ends when nobody is left, though its threads could go on: once it was leased. */
  private boolean endsAlone;

  private boolean ended;

  /**
   * Nobody drives a core yet.
   *
   * @param whenEnded called when the last driver has left and the cores are closed
   */
  CoreClaims(StackCore[] cores, Runnable whenEnded) {
    this.cores = cores;
    this.whenEnded = whenEnded;
    reserved = new boolean[cores.length];
  }

  /** Has threads of the stack's own drive the cores, which nobody can claim then. */
  synchronized void driveAll() {
    threads = new StackThread[cores.length];
    boolean ownCpu = cores.length < Runtime.getRuntime().availableProcessors();
    for (int i = 0; i < threads.length; i++) {
      threads[i] = new StackThread("mos-core-" + i, true, ownCpu);
      threads[i].take(cores[i]);
    }
  }

  /** Ends the stack's own threads, if there are any, and the cores with them. */
  void stop() {
    synchronized (this) {
      if (threads.length == 0 || ended) {
        return;
      }
      ended = true;
    }
    drain(STOP_NANOS);
  }

  /**
   * Keeps the stack going, whether or not somebody drives its cores: until they do, a thread of the
   * stack's does.
   *
   * @return false if the stack has ended
   */
  synchronized boolean lease() {
    if (ended) {
      return false;
    }
    leases++;
    endsAlone = true;
    Arrays.stream(cores).filter(this::isFree).forEach(unclaimed::take);
    return true;
  }

  /** Gives a lease back. */
  void endLease() {
    boolean last;
    synchronized (this) {
      leases--;
      last = !ended && end();
    }
    if (last) {
      drain(STOP_NANOS);
    }
  }

  /** Ends the stack unless somebody drives it, who may still have connections to close. */
  void processEnds() {
    synchronized (this) {
      if (ended || !drivers.isEmpty() || isReserved()) {
        return;
      }
      ended = true;
    }
    drain(STOP_NANOS);
  }

  /** See {@link MosStack#reserve}. */
  synchronized void reserve() {
    if (threads.length > 0) {
      throw new IllegalStateException(
          "The stack's cores have threads of their own (cores = separate): channels can be on any"
              + " loops, such as those of MosIoHandler.newFactory(stack)");
    }
    if (ended || !drivers.isEmpty() || isReserved()) {
      throw new IllegalStateException(
          "The stack's cores are driven by somebody else already: use that event loop group for"
              + " everything, servers' boss and workers and clients, or start a second stack");
    }
    Arrays.fill(reserved, true);
  }

  private boolean isReserved() {
    return IntStream.range(0, reserved.length).anyMatch(core -> reserved[core]);
  }

  /** See {@link MosStack#claim(int, CoreDriver)}. */
  synchronized StackCore claim(int core, CoreDriver driver) {
    if (!reserved[core]) {
      throw new IllegalStateException("core " + core + " isn't reserved");
    }
    reserved[core] = false;
    return give(cores[core], driver);
  }

  /** See {@link MosStack#claim(CoreDriver)}. */
  synchronized StackCore claim(CoreDriver driver) {
    if (ended) {
      return null;
    }
    drivers.add(driver);
    return Arrays.stream(cores)
        .filter(this::isFree)
        .findFirst()
        .map(core -> give(core, driver))
        .orElse(null);
  }

  private boolean isFree(StackCore core) {
    return threads.length == 0
        && core.driver() == null
        && !reserved[core.index()]
        && !core.isClosed();
  }

  private StackCore give(StackCore core, CoreDriver driver) {
    drivers.add(driver);
    unclaimed.giveBack(core);
    core.driver(driver);
    Arrays.stream(cores).filter(this::isFree).forEach(unclaimed::take);
    return core;
  }

  /** See {@link MosStack#forgo}. */
  void forgo(int core, long drainNanos) {
    boolean last;
    synchronized (this) {
      last = reserved[core];
      reserved[core] = false;
      last &= end();
      if (!last && (leases > 0 || !drivers.isEmpty())) {
        unclaimed.take(cores[core]);
      }
    }
    if (last) {
      drain(drainNanos);
    }
  }

  /** See {@link MosStack#release}. On the driver's thread. */
  void release(CoreDriver driver, long drainNanos) {
    boolean last;
    synchronized (this) {
      if (!drivers.remove(driver)) {
        return;
      }
      StackCore core = coreOf(driver);
      last = end();
      if (core != null) {
        pass(core, last);
      }
    }
    if (last) {
      drain(drainNanos);
    }
  }

  private StackCore coreOf(CoreDriver driver) {
    return Arrays.stream(cores).filter(core -> core.driver() == driver).findFirst().orElse(null);
  }

  /** Whether nobody is left, which can't change any more then. */
  private boolean end() {
    boolean nobody = leases == 0 && drivers.isEmpty() && !isReserved();
    ended |= nobody && (threads.length == 0 || endsAlone);
    return ended;
  }

  /**
   * A driver leaves its core, if it is of any use, to the stack's thread or to who waits for one.
   */
  private void pass(StackCore core, boolean last) {
    core.driver(null);
    if (!core.canGoOn()) {
      core.close();
      return;
    }
    core.leave();
    if (!last) {
      unclaimed.take(core);
      drivers.stream().filter(other -> coreOf(other) == null).forEach(CoreDriver::coreFreed);
    }
  }

  private void drain(long limitNanos) {
    List<StackCore> open = Arrays.stream(cores).filter(core -> !core.isClosed()).toList();
    open.forEach(unclaimed::giveBack);
    for (int i = 0; i < threads.length; i++) {
      threads[i].giveBack(cores[i]);
    }
    new CoreDrain(open).run(limitNanos);
    whenEnded.run();
  }
}
