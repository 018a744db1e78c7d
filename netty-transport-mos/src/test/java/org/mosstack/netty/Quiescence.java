package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Predicate;
import org.mosstack.MosStack;
import org.mosstack.StackCore;

/**
 * Waits until nothing is left on the cores of a stack: a test that leaves something behind fails.
 * The cores are asked on their own threads, whichever those are.
 */
public final class Quiescence {
  private static final long TIMEOUT_SECONDS = 60;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  private Quiescence() {}

  /** Waits until all TCP connections of a group are gone, with their timers. */
  public static void awaitNoConnections(MosEventLoopGroup group) {
    awaitNoConnections(stack(group));
  }

  /** Waits until all TCP connections of a stack are gone, with their timers. */
  public static void awaitNoConnections(MosStack stack) {
    await(stack, "no connections", core -> core.connections() == 0 && core.timers() == 0);
  }

  /** Waits until all packet buffers are released; DPDK's ports always keep some. */
  public static void awaitNoBuffers(MosEventLoopGroup group) {
    awaitNoBuffers(stack(group));
  }

  /** The same for a stack. */
  public static void awaitNoBuffers(MosStack stack) {
    await(stack, "no buffers in use", core -> core.buffersInUse() == 0);
  }

  /** Closes all channels of stacks on the loops of a group of another transport's. */
  public static void closeChannels(EventLoopGroup group) {
    for (EventExecutor loop : group) {
      loop.submit(ForeignRegistration::closeChannels).syncUninterruptibly();
    }
  }

  /** Closes all channels of a stack's loops, and waits until they are. */
  public static void closeChannels(MosStack stack) {
    for (int i = 0; i < stack.cores(); i++) {
      CoreLoop loop = CoreLoop.of(stack.core(i));
      if (loop != null) {
        loop.loop()
            .submit(() -> loop.handler().channels().forEach(Channel::close))
            .syncUninterruptibly();
      }
    }
  }

  private static MosStack stack(MosEventLoopGroup group) {
    return ((MosEventLoop) group.next()).handler().loop().stack();
  }

  private static void await(MosStack stack, String what, Predicate<StackCore> state) {
    for (int i = 0; i < stack.cores(); i++) {
      StackCore core = stack.core(i);
      long start = System.nanoTime();
      while (!ask(core, state::test)) {
        if (System.nanoTime() - start > TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS)) {
          fail("timed out: " + what + " on " + ask(core, Quiescence::describe));
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    }
  }

  private static <T> T ask(StackCore core, Function<StackCore, T> question) {
    CompletableFuture<T> answer = new CompletableFuture<>();
    assertTrue(
        core.execute(() -> answer.complete(question.apply(core))),
        () -> "core " + core.index() + " has ended");
    return answer.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
  }

  private static String describe(StackCore core) {
    return "core %d (%d connections, %d timers, %d buffers)"
        .formatted(core.index(), core.connections(), core.timers(), core.buffersInUse());
  }
}
