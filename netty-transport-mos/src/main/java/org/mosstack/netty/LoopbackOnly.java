package org.mosstack.netty;

import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;
import org.mosstack.MosStack;

/**
 * The shared stack without a configuration: a loopback inside the process. Whoever didn't want that
 * is told where they would wonder. Any thread.
 */
final class LoopbackOnly {
  private static final InternalLogger logger =
      InternalLoggerFactory.getInstance(LoopbackOnly.class);

  /** The stacks of which that was said. */
  private static final Set<MosStack> TOLD =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private LoopbackOnly() {}

  /** Whether a stack is one. */
  static boolean is(MosStack stack) {
    return stack.isShared() && stack.config().netdevs().isEmpty();
  }

  /** A server listens on all of a stack's addresses: if that is one alone, it is logged once. */
  static void serves(MosStack stack, InetSocketAddress local) {
    if (local.getAddress().isAnyLocalAddress() && is(stack) && TOLD.add(stack)) {
      logger.warn(
          "Nobody outside this process sees the server at port {}: the shared stack has the"
              + " loopback alone; -Dmos.conf=FILE gives it a port",
          local.getPort());
    }
  }
}
