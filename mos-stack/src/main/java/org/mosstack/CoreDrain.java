package org.mosstack;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * The last turns of a stack's cores, on one thread: connections that are being closed get a time to
 * send what was written, and the FINs, and to have them acknowledged. What is left after that is
 * reset.
 */
final class CoreDrain {
  /** Pause between two turns that had nothing to do; not a yield, see {@link IdleSteps}. */
  private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  /**
   * Longest wait for the last frames to leave, such as the ACK of a peer's FIN: some devices keep
   * buffers of their own, and closing a core discards its frames.
   */
  private static final long SETTLE_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final CoreRound round = new CoreRound();

  /** Takes over cores that no thread drives. */
  CoreDrain(List<StackCore> cores) {
    Thread thread = Thread.currentThread();
    cores.forEach(core -> round.add(core, false, () -> LockSupport.unpark(thread)));
  }

  /**
   * Runs the cores until no connection is being closed any more, and closes them.
   *
   * @param limitNanos the longest time that may take
   */
  void run(long limitNanos) {
    pollWhile(round::isClosingSome, limitNanos);
    pollWhile(round::hasBuffersInUse, SETTLE_NANOS);
    round.close();
  }

  private void pollWhile(BooleanSupplier condition, long limitNanos) {
    long start = System.nanoTime();
    while (condition.getAsBoolean() && System.nanoTime() - start < limitNanos) {
      if (round.poll() == 0) {
        LockSupport.parkNanos(this, NAP_NANOS);
      }
    }
  }
}
