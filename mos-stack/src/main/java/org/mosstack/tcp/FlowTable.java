package org.mosstack.tcp;

import java.util.function.Consumer;
import org.mosstack.random.SipHash;

/**
 * One core's connections by addresses and ports, except those in TIME_WAIT ({@link TimeWaitTable}):
 * open addressing with linear probing and backward-shift deletion. The hash is keyed by a per-start
 * secret ({@link SipHash}). It grows with the connections, up to four slots of four bytes for each
 * that {@code max_concurrency} allows.
 */
final class FlowTable {
  private static final int INITIAL_SLOTS = 1 << 10;

  private final SipHash hash;
  private Tcb[] slots = new Tcb[INITIAL_SLOTS];
  private int size;

  FlowTable(SipHash hash) {
    this.hash = hash;
  }

  int size() {
    return size;
  }

  /** The keyed hash of these addresses and ports, {@link Tcb#flowHash}. */
  int hash(int localAddress, int localPort, int remoteAddress, int remotePort) {
    return (int) hash.quickHash(localAddress, localPort, remoteAddress, remotePort);
  }

  /** The connection with these addresses and ports, or null. */
  Tcb find(int localAddress, int localPort, int remoteAddress, int remotePort) {
    int mask = slots.length - 1;
    int slot = hash(localAddress, localPort, remoteAddress, remotePort) & mask;
    while (true) {
      Tcb c = slots[slot];
      if (c == null
          || c.remotePort == remotePort
              && c.remoteAddress == remoteAddress
              && c.localPort == localPort
              && c.localAddress == localAddress) {
        return c;
      }
      slot = slot + 1 & mask;
    }
  }

  /** Adds a connection; the caller ensures that the table has none with its addresses and ports. */
  void add(Tcb c) {
    if (size >= slots.length / 2) {
      grow();
    }
    c.flowHash = hash(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
    insert(slots, c);
    size++;
  }

  private static void insert(Tcb[] slots, Tcb c) {
    int mask = slots.length - 1;
    int slot = c.flowHash & mask;
    while (slots[slot] != null) {
      slot = slot + 1 & mask;
    }
    slots[slot] = c;
  }

  private void grow() {
    Tcb[] larger = new Tcb[slots.length * 2];
    for (Tcb c : slots) {
      if (c != null) {
        insert(larger, c);
      }
    }
    slots = larger;
  }

  /** Removes a connection that is in the table. */
  void remove(Tcb c) {
    int mask = slots.length - 1;
    int hole = c.flowHash & mask;
    while (slots[hole] != c) {
      hole = hole + 1 & mask;
    }
    // Move later entries of the run into the hole, unless that would put them before their home.
    int slot = hole;
    while (true) {
      slot = slot + 1 & mask;
      Tcb candidate = slots[slot];
      if (candidate == null) {
        break;
      }
      int home = candidate.flowHash & mask;
      if ((slot - home & mask) >= (slot - hole & mask)) {
        slots[hole] = candidate;
        hole = slot;
      }
    }
    slots[hole] = null;
    size--;
  }

  /** Visits a snapshot of all connections, so that the visitor may remove them. Not a fast path. */
  void forEach(Consumer<Tcb> visitor) {
    for (Tcb c : slots.clone()) {
      if (c != null) {
        visitor.accept(c);
      }
    }
  }
}
