package org.mosstack.spring;

import org.mosstack.MosStack;
import org.mosstack.StackLease;

/** The shared stack, as seen from beside. */
final class SharedStack {
  private SharedStack() {}

  /** The one that runs. */
  static MosStack running() {
    try (StackLease lease = StackLease.take()) {
      return lease.stack();
    }
  }

  static boolean hasEnded(MosStack stack) {
    return !stack.core(0).execute(() -> {});
  }
}
