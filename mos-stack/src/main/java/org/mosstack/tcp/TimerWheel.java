package org.mosstack.tcp;

/**
 * A hashed timer wheel (Varghese and Lauck, scheme 6) with one entry per connection: its earliest
 * deadline. On the core's thread.
 *
 * <p>Connections are linked through their own fields, so scheduling allocates nothing. Deadlines
 * move later lazily: the entry stays where it is and is looked at again when its old slot comes up;
 * only an earlier deadline moves it. An ACK thus costs nothing here.
 */
final class TimerWheel {
  /** Width of a slot: one millisecond. */
  static final long TICK_NANOS = 1_000_000;

  /** A round takes 16 seconds; entries further ahead are passed over once per round. */
  private static final int SLOTS = 1 << 14;

  private static final int MASK = SLOTS - 1;

  /** An extra slot, for connections that are due and wait for their turn within an advance. */
  private static final int DUE = SLOTS;

  private final Tcb[] slots = new Tcb[SLOTS + 1];
  private final long[] occupied = new long[SLOTS / Long.SIZE];
  private final long origin;

  /** The next tick to be looked at. */
  private long tick;

  private int entries;

  TimerWheel(long nowNanos) {
    origin = nowNanos;
  }

  /** Receives the connections whose entry is due. */
  interface Expiry {
    /** Handles a connection taken off the wheel; {@link #schedule} puts it back if need be. */
    void expired(Tcb connection, long nowNanos);
  }

  int entries() {
    return entries;
  }

  /** Makes sure that the connection is looked at by {@code deadline}. */
  void schedule(Tcb c, long deadline) {
    if (c.wheelSlot >= 0) {
      if (c.wheelDeadline - deadline <= 0) {
        return; // it will be looked at earlier anyway
      }
      cancel(c);
    }
    // Rounded up, so that the entry's slot doesn't come up before its deadline.
    long due = Math.max((deadline - origin + TICK_NANOS - 1) / TICK_NANOS, tick);
    int slot = (int) due & MASK;
    c.wheelDeadline = deadline;
    link(c, slot);
    occupied[slot >>> 6] |= 1L << slot;
  }

  private void link(Tcb c, int slot) {
    c.wheelSlot = slot;
    c.wheelPrevious = null;
    c.wheelNext = slots[slot];
    if (c.wheelNext != null) {
      c.wheelNext.wheelPrevious = c;
    }
    slots[slot] = c;
    entries++;
  }

  /** Takes the connection off the wheel, if it is on it. */
  void cancel(Tcb c) {
    int slot = c.wheelSlot;
    if (slot < 0) {
      return;
    }
    if (c.wheelPrevious != null) {
      c.wheelPrevious.wheelNext = c.wheelNext;
    } else {
      slots[slot] = c.wheelNext;
      if (c.wheelNext == null && slot != DUE) {
        occupied[slot >>> 6] &= ~(1L << slot);
      }
    }
    if (c.wheelNext != null) {
      c.wheelNext.wheelPrevious = c.wheelPrevious;
    }
    c.wheelNext = null;
    c.wheelPrevious = null;
    c.wheelSlot = -1;
    entries--;
  }

  /**
   * Hands out all connections due by {@code nowNanos}.
   *
   * @return how many there were
   */
  int advance(long nowNanos, Expiry expiry) {
    long until = Math.floorDiv(nowNanos - origin, TICK_NANOS);
    if (entries == 0) {
      tick = Math.max(tick, until);
      return 0;
    }
    // After a long sleep, every slot is looked at once.
    long at = Math.max(tick, until - SLOTS);
    // The current tick stays open: what is scheduled from now on, however late, goes no earlier.
    tick = Math.max(tick, until);
    int fired = 0;
    for (; at <= until; at++) {
      int slot = (int) at & MASK;
      long word = occupied[slot >>> 6];
      if (word == 0) {
        at |= Long.SIZE - 1; // after a sleep most slots are empty
      } else if ((word & 1L << slot) != 0) {
        fired += expire(slot, nowNanos, expiry);
      }
    }
    return fired;
  }

  /** Sets apart those that are due, as an expiry may cancel or move any of the others. */
  private int expire(int slot, long nowNanos, Expiry expiry) {
    Tcb c = slots[slot];
    while (c != null) {
      Tcb next = c.wheelNext;
      if (c.wheelDeadline - nowNanos <= 0) {
        cancel(c);
        link(c, DUE);
      }
      c = next;
    }
    int fired = 0;
    for (c = slots[DUE]; c != null; c = slots[DUE]) {
      cancel(c);
      expiry.expired(c, nowNanos);
      fired++;
    }
    return fired;
  }

  /** Time by which {@link #advance} has to be called next; Long.MAX_VALUE when nothing is due. */
  long nextDeadlineNanos() {
    if (entries == 0) {
      return Long.MAX_VALUE;
    }
    int start = (int) tick & MASK;
    if (isDue(slots[start])) {
      return origin + tick * TICK_NANOS;
    }
    // From the slot after the current one around to the current one, whose entries wait a round.
    int first = start + 1 & MASK;
    for (int word = 0; word <= occupied.length; word++) {
      int index = (first >>> 6) + word & occupied.length - 1;
      long bits = occupied[index];
      if (word == 0) {
        bits &= -1L << first;
      } else if (word == occupied.length) {
        bits &= ~(-1L << first);
      }
      if (bits != 0) {
        int slot = (index << 6) + Long.numberOfTrailingZeros(bits);
        return origin + (tick + 1 + (slot - first & MASK)) * TICK_NANOS;
      }
    }
    throw new IllegalStateException(entries + " timers on the wheel, but no slot holds one");
  }

  /** Whether any entry in the current tick's slot is for this round. */
  private boolean isDue(Tcb slot) {
    long end = origin + tick * TICK_NANOS;
    for (Tcb c = slot; c != null; c = c.wheelNext) {
      if (c.wheelDeadline - end <= 0) {
        return true;
      }
    }
    return false;
  }
}
