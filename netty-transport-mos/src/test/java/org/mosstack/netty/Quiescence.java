package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.mosstack.StackCore;

/**
 * Waits until nothing is left on the cores of a group: a test that leaves something behind fails.
 */
public final class Quiescence {
  private static final long TIMEOUT_SECONDS = 60;

  private Quiescence() {}

  /** Waits until all TCP connections of a group are gone, with their timers. */
  public static void awaitNoConnections(MosEventLoopGroup group) {
    await(group, "no connections", core -> core.connections() == 0 && core.timers() == 0);
  }

  /** Waits until all packet buffers are released; DPDK's ports always keep some. */
  public static void awaitNoBuffers(MosEventLoopGroup group) {
    await(group, "no buffers in use", core -> core.buffersInUse() == 0);
  }

  private static void await(MosEventLoopGroup group, String what, Predicate<StackCore> state) {
    for (EventExecutor loop : group) {
      StackCore core = ((MosEventLoop) loop).core();
      Future<?> quiet =
          loop.scheduleAtFixedRate(
              () -> {
                if (state.test(core)) {
                  throw new Quiet();
                }
              },
              0,
              1,
              TimeUnit.MILLISECONDS);
      boolean inTime = quiet.awaitUninterruptibly(TIMEOUT_SECONDS, TimeUnit.SECONDS);
      quiet.cancel(false);
      assertTrue(
          inTime,
          () ->
              "timed out: %s on core %d (%d connections, %d timers, %d buffers)"
                  .formatted(
                      what, core.index(), core.connections(), core.timers(), core.buffersInUse()));
      assertEquals(Quiet.class, quiet.cause().getClass());
    }
  }

  /** Ends a periodic task. */
  private static final class Quiet extends RuntimeException {
    private static final long serialVersionUID = 1;
  }
}
