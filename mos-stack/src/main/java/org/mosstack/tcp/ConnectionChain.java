package org.mosstack.tcp;

/** Connections linked through their own fields; each is in one chain at most. */
final class ConnectionChain {
  private TcpConnection first;
  private TcpConnection last;
  private int size;

  /** How many there are. */
  int size() {
    return size;
  }

  /** Any of them, from which {@link TcpConnection#chainNext} leads on; null when there is none. */
  TcpConnection first() {
    return first;
  }

  /** The one that was added before all others that are still here; null when there is none. */
  TcpConnection last() {
    return last;
  }

  /** Adds a connection that is in no chain. */
  void add(TcpConnection c) {
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

  /** Takes the connection out of the chain that it is in, if any. */
  static void leave(TcpConnection c) {
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
