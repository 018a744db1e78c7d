package org.mosstack.netty;

import io.netty.channel.IoHandler;
import io.netty.channel.IoHandlerFactory;
import io.netty.util.concurrent.Promise;
import io.netty.util.concurrent.ThreadAwareExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import org.mosstack.MosStack;
import org.mosstack.config.CoreThreads;
import org.mosstack.config.MosKeys;

/** Makes the handlers of a group's loops, and knows what is said once for all of them. */
final class MosIoHandlerFactory implements IoHandlerFactory {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(MosIoHandler.class);

  private final MosStack stack;
  private final IdleStrategy idleStrategy;
  private final SlowTurns slowTurns = SlowTurns.ofProperty();
  private final AtomicBoolean toldOfNoCore = new AtomicBoolean();
  private final AtomicBoolean toldOfKernel = new AtomicBoolean();

  MosIoHandlerFactory(MosStack stack, IdleStrategy idleStrategy) {
    this.stack = stack;
    this.idleStrategy = idleStrategy;
  }

  MosStack stack() {
    return stack;
  }

  IdleStrategy idleStrategy() {
    return idleStrategy;
  }

  SlowTurns slowTurns() {
    return slowTurns;
  }

  /** The handler of a loop that claims a core when it starts. */
  @Override
  public IoHandler newHandler(ThreadAwareExecutor executor) {
    return new MosIoHandler(this, executor, MosIoHandler.ANY_CORE, null);
  }

  /**
   * The handler of a loop for which a core is kept.
   *
   * @param started completes when the loop's thread has taken over the core, or has failed to
   */
  MosIoHandler newHandler(ThreadAwareExecutor executor, int core, Promise<Void> started) {
    return new MosIoHandler(this, executor, core, started);
  }

  /** Called by a handler that finds no core left. Any thread. */
  void noCoreLeft() {
    boolean wanted = stack.config().get(MosKeys.CORES) == CoreThreads.SEPARATE;
    if (!wanted && toldOfNoCore.compareAndSet(false, true)) {
      logger.info(
          "There are more loops than the stack has cores, {}: the connections of a loop without a"
              + " core are on other threads",
          stack.cores());
    }
  }

  /** Called when a TCP channel of NIO's is registered. Any thread. */
  void kernelSocket() {
    if (toldOfKernel.compareAndSet(false, true)) {
      logger.info(
          "A TCP channel of NIO's was registered with a loop of the mos transport: it is the"
              + " kernel's, as everywhere. MosSocketChannel and MosServerSocketChannel are the"
              + " stack's.");
    }
  }
}
