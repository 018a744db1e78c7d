package org.mosstack.tcp;

/** Connections linked through their own fields; each is in at most one chain. */
final class ConnectionChain {
  private Tcb first;
  private Tcb last;
  private int size;

  /** Number of connections. */
  int size() {
    return size;
  }

  /** The head, from which {@link Tcb#chainNext} leads on; null if the chain is empty. */
  Tcb first() {
    return first;
  }

  /** The connection that has been here longest; null if the chain is empty. */
  Tcb last() {
    return last;
  }

  /** Adds a connection that is in no chain. */
  void add(Tcb c) {
    c.chain = this;
    c.chainPrevious = null;
    c.chainNext = first;
    if (first != null) {
      first.chainPrevious = c;
    } else {
      last = c;
    }
    first = c;
    size++;
  }

  /** Removes the connection from the chain it is in, if any. */
  static void leave(Tcb c) {
    if (c.chain == null) {
      return;
    }
    if (c.chainPrevious != null) {
      c.chainPrevious.chainNext = c.chainNext;
    } else {
      c.chain.first = c.chainNext;
    }
    if (c.chainNext != null) {
      c.chainNext.chainPrevious = c.chainPrevious;
    } else {
      c.chain.last = c.chainPrevious;
    }
    c.chain.size--;
    c.chain = null;
    c.chainNext = null;
    c.chainPrevious = null;
  }
}
