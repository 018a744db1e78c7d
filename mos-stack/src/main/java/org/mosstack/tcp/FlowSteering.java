package org.mosstack.tcp;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.mosstack.ip.TransportInput;

/**
 * Which flows are served by another core than the one that their packets arrive at, because their
 * listener asked for that ({@link AcceptHandler#servingCore}). Shared by a stack's cores; packet by
 * packet without a lock.
 *
 * <p>No table of flows is kept. For each port and core it is remembered which core new flows went
 * to: a segment of a flow that its core doesn't know goes the same way. It stays remembered when
 * the listener has gone, for its connections may live on. Where new flows of one core went to
 * several cores in the course of time, such a segment goes to all others, and a core that doesn't
 * know the flow either keeps silent about it.
 */
final class FlowSteering {
  private static final int PORTS = 1 << 16;

  // Values in a port's array; a core's index is kept plus FIRST_CORE.
  private static final int NEVER = 0;
  private static final int SEVERAL = 1;
  private static final int FIRST_CORE = 2;

  private final int cores;

  /** By port, then by arrival core; a core's thread writes its own slot. */
  private final AtomicReferenceArray<AtomicIntegerArray> ports = new AtomicReferenceArray<>(PORTS);

  private volatile boolean used;
  private volatile boolean ambiguous;

  /**
   * Steers nothing yet.
   *
   * @param cores cores of the stack
   */
  FlowSteering(int cores) {
    this.cores = cores;
  }

  /** Whether anything was ever steered: what all packets have to pay for this. */
  boolean isUsed() {
    return used;
  }

  /** Whether, on any port, a core's flows went to several others. */
  boolean isAmbiguous() {
    return ambiguous;
  }

  /** A new flow on a port goes from a core to another. On the former's thread. */
  void remember(int port, int from, int to) {
    AtomicIntegerArray targets = ports.get(port);
    if (targets == null) {
      targets = new AtomicIntegerArray(cores);
      if (!ports.compareAndSet(port, null, targets)) {
        targets = ports.get(port);
      }
    }
    int target = targets.get(from);
    if (target == NEVER) {
      targets.set(from, to + FIRST_CORE);
      used = true;
    } else if (target != to + FIRST_CORE && target != SEVERAL) {
      ambiguous = true; // before any segment goes to more than one
      targets.set(from, SEVERAL);
    }
  }

  /** Where a segment of a flow that the core doesn't know is to go. On the core's thread. */
  int target(int port, int from) {
    AtomicIntegerArray targets = ports.get(port);
    int target = targets == null ? NEVER : targets.get(from);
    return switch (target) {
      case NEVER -> TransportInput.HERE;
      case SEVERAL -> TransportInput.ALL_OTHERS;
      default -> target - FIRST_CORE;
    };
  }
}
