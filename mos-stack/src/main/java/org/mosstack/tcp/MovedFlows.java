package org.mosstack.tcp;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.mosstack.ip.Ticket;
import org.mosstack.socket.AcceptHandler;

/**
 * The flows whose packets arrive at one core while another serves them, as their listener requested
 * ({@link AcceptHandler#servingCore}): the core that moved them, the arrival core, looks up here
 * which core serves each.
 *
 * <p>Only the arrival core accesses the table, except for one word per entry in which the serving
 * core records what has become of the flow. An entry is made when the flow's SYN is passed on, and
 * lasts as long as the connection that the serving core creates, half-open and TIME_WAIT included:
 *
 * <pre>
 * UNUSED --offer--> OFFERED --claim--> SERVED --over--> OVER --reclaim--> UNUSED
 *                      |                  ^---claim------'|
 *                      '---decline-----------------------'
 *                      '---reclaim (nothing passed on for a second)-------> UNUSED
 * </pre>
 *
 * <p>Offer, withdraw and reclaim are the arrival core's transitions, the others the serving core's.
 * Each use of an entry has a generation, held in the word and in the packets' {@link Ticket}: a
 * core that comes too late changes nothing, and is told so. A serving core updates the word before
 * its answer leaves, so that whatever responds to that answer finds the entry up to date. Nobody
 * waits, and nothing can get lost.
 *
 * <p>Open addressing with linear probing and backward-shift deletion, using {@link FlowTable}'s
 * keyed hash. The table grows up to its limit; each new entry triggers a search of a few others for
 * those no longer used, so that a flood of SYNs leaves no more entries behind than it has half-open
 * connections.
 */
final class MovedFlows {
  /** Ints per entry: half a cache line. */
  private static final int ENTRY_INTS = 8;

  private static final int LOCAL_ADDRESS = 0;
  private static final int REMOTE_ADDRESS = 1;
  private static final int PORTS = 2;
  private static final int HASH = 3;
  private static final int SERVING_CORE = 4;
  private static final int OFFERED_MILLIS = 5;

  // An entry's word: its generation, and the state of the flow.
  private static final int UNUSED = 0;
  private static final int OFFERED = 1;
  private static final int SERVED = 2;
  private static final int OVER = 3;
  private static final int STATE_BITS = 2;
  private static final int STATE_MASK = (1 << STATE_BITS) - 1;

  private static final int CHUNK_SHIFT = 10;
  private static final int CHUNK = 1 << CHUNK_SHIFT;
  private static final int SWEEP = 4;
  private static final int LAST_SWEEP = 64;
  private static final int PATIENCE_MILLIS = 1_000;
  private static final int NANOS_PER_MILLI = 1_000_000;

  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(int[].class);

  private final int core;
  private final FlowTable flows;
  private final int limit;

  /**
   * The words, in chunks that never move. A chunk exists before any ticket for its entries is
   * issued.
   */
  private final int[][] words;

  private int[] entries = new int[0];
  private int[] buckets = new int[0]; // an entry's number plus 1; 0 for none
  private int[] free = new int[0];
  private int freeCount;
  private int made; // entries ever used
  private int size;
  private int sweepAt;

  /**
   * Makes an empty table.
   *
   * @param core the arrival core
   * @param flows provides the hash
   * @param limit maximum number of entries, at least 1
   */
  MovedFlows(int core, FlowTable flows, int limit) {
    this.core = core;
    this.flows = flows;
    this.limit = Math.min(limit, Ticket.MAX_ENTRIES);
    words = new int[(this.limit + CHUNK - 1) >>> CHUNK_SHIFT][];
  }

  // ---- The arrival core ----

  /** Number of entries, including those that are over but not reclaimed yet. */
  int size() {
    return size;
  }

  /** Whether there was ever an entry. */
  boolean isUsed() {
    return made != 0;
  }

  /** Returns the ticket of a flow, or {@link Ticket#NONE} when it isn't moved, or is over. */
  long find(int localAddress, int localPort, int remoteAddress, int remotePort) {
    int entry = entry(localAddress, localPort, remoteAddress, remotePort);
    if (entry < 0) {
      return Ticket.NONE;
    }
    int word = word(entry);
    boolean over = (word & STATE_MASK) == OVER && reclaim(entry, word);
    return over ? Ticket.NONE : ticket(entry, word);
  }

  /**
   * Like {@link #find}, for a segment that is about to be passed on: the serving core may claim the
   * flow for it, so this renews the offer. A SYN is retransmitted after about as long as an offer
   * lasts.
   */
  long passOn(int localAddress, int localPort, int remoteAddress, int remotePort, long nowNanos) {
    long ticket = find(localAddress, localPort, remoteAddress, remotePort);
    if (ticket != Ticket.NONE) {
      offered(Ticket.entry(ticket), nowNanos);
    }
    return ticket;
  }

  private void offered(int entry, long nowNanos) {
    entries[entry * ENTRY_INTS + OFFERED_MILLIS] = (int) (nowNanos / NANOS_PER_MILLI);
  }

  /** Returns the entry of a flow, or -1. */
  private int entry(int localAddress, int localPort, int remoteAddress, int remotePort) {
    if (size == 0) {
      return -1;
    }
    int ports = localPort << 16 | remotePort;
    int mask = buckets.length - 1;
    int bucket = flows.hash(localAddress, localPort, remoteAddress, remotePort) & mask;
    while (true) {
      int entry = buckets[bucket] - 1;
      if (entry < 0) {
        return entry;
      }
      int at = entry * ENTRY_INTS;
      if (entries[at + PORTS] == ports
          && entries[at + REMOTE_ADDRESS] == remoteAddress
          && entries[at + LOCAL_ADDRESS] == localAddress) {
        return entry;
      }
      bucket = bucket + 1 & mask;
    }
  }

  private long ticket(int entry, int word) {
    int servingCore = entries[entry * ENTRY_INTS + SERVING_CORE];
    return Ticket.of(core, servingCore, entry, word >>> STATE_BITS);
  }

  /**
   * Makes an entry for a flow that has none.
   *
   * @param servingCore the core that is to serve it
   * @return its ticket, or {@link Ticket#NONE} when the table is full
   */
  long offer(
      int localAddress,
      int localPort,
      int remoteAddress,
      int remotePort,
      int servingCore,
      long nowNanos) {
    int millis = (int) (nowNanos / NANOS_PER_MILLI);
    sweep(SWEEP, millis);
    if (freeCount == 0 && made == limit) {
      sweep(LAST_SWEEP, millis);
    }
    if (freeCount == 0 && !grow()) {
      return Ticket.NONE;
    }
    int entry = free[--freeCount];
    int at = entry * ENTRY_INTS;
    entries[at + LOCAL_ADDRESS] = localAddress;
    entries[at + REMOTE_ADDRESS] = remoteAddress;
    entries[at + PORTS] = localPort << 16 | remotePort;
    entries[at + HASH] = flows.hash(localAddress, localPort, remoteAddress, remotePort);
    entries[at + SERVING_CORE] = servingCore;
    offered(entry, nowNanos);
    insert(entry);
    size++;
    int word = word(entry) & ~STATE_MASK | OFFERED;
    WORDS.setRelease(words[entry >>> CHUNK_SHIFT], entry & CHUNK - 1, word);
    return ticket(entry, word);
  }

  private void insert(int entry) {
    int mask = buckets.length - 1;
    int bucket = entries[entry * ENTRY_INTS + HASH] & mask;
    while (buckets[bucket] != 0) {
      bucket = bucket + 1 & mask;
    }
    buckets[bucket] = entry + 1;
  }

  /** Adds one free entry; returns false when the limit is reached. */
  private boolean grow() {
    if (made == limit) {
      return false;
    }
    if (made * ENTRY_INTS == entries.length) {
      int capacity = Math.max(CHUNK, 2 * made);
      entries = Arrays.copyOf(entries, capacity * ENTRY_INTS);
      free = Arrays.copyOf(free, capacity);
      buckets = new int[2 * capacity];
      for (int entry = 0; entry < made; entry++) {
        insert(entry); // all are in use, or it wouldn't have to grow
      }
    }
    if (words[made >>> CHUNK_SHIFT] == null) {
      words[made >>> CHUNK_SHIFT] = new int[CHUNK];
    }
    free[freeCount++] = made++;
    return true;
  }

  /** Withdraws an offer: the flow's first packet couldn't be passed on, so the flow stays here. */
  void withdraw(long ticket) {
    int entry = Ticket.entry(ticket);
    int word = word(entry);
    if (word == (Ticket.generation(ticket) << STATE_BITS | OFFERED)) {
      reclaim(entry, word);
    }
  }

  /** Reclaims those of the next {@code count} entries that can be reused. */
  private void sweep(int count, int millis) {
    for (int i = Math.min(count, made); i > 0; i--) {
      sweepAt = sweepAt + 1 < made ? sweepAt + 1 : 0;
      int word = word(sweepAt);
      int state = word & STATE_MASK;
      boolean unheard =
          state == OFFERED
              && millis - entries[sweepAt * ENTRY_INTS + OFFERED_MILLIS] > PATIENCE_MILLIS;
      if (state == OVER || unheard) {
        reclaim(sweepAt, word);
      }
    }
  }

  /** Takes an entry back, unless the serving core has changed its word since it was read. */
  private boolean reclaim(int entry, int word) {
    int next = (word >>> STATE_BITS) + 1 & Ticket.GENERATIONS - 1;
    if (!change(entry, word, next << STATE_BITS | UNUSED)) {
      return false;
    }
    remove(entry);
    size--;
    free[freeCount++] = entry;
    return true;
  }

  private void remove(int entry) {
    int mask = buckets.length - 1;
    int hole = entries[entry * ENTRY_INTS + HASH] & mask;
    while (buckets[hole] != entry + 1) {
      hole = hole + 1 & mask;
    }
    // Moves later entries of the run into the hole, unless that would put them before their home.
    int bucket = hole;
    while (true) {
      bucket = bucket + 1 & mask;
      int candidate = buckets[bucket];
      if (candidate == 0) {
        break;
      }
      int home = entries[(candidate - 1) * ENTRY_INTS + HASH] & mask;
      if ((bucket - home & mask) >= (bucket - hole & mask)) {
        buckets[hole] = candidate;
        hole = bucket;
      }
    }
    buckets[hole] = 0;
  }

  // ---- The serving core ----

  /**
   * Records that the serving core now has a connection for the flow; it reports when it is {@link
   * #over}.
   *
   * @return false when the arrival core has reclaimed the entry, and would no longer find the flow
   */
  boolean claim(long ticket) {
    int entry = Ticket.entry(ticket);
    int word = word(entry);
    int state = word & STATE_MASK;
    return isOf(word, ticket)
        && (state == OFFERED || state == OVER)
        && change(entry, word, word & ~STATE_MASK | SERVED);
  }

  /** Records that the serving core has made no connection for the flow. */
  void decline(long ticket) {
    int entry = Ticket.entry(ticket);
    int word = word(entry);
    if (isOf(word, ticket) && (word & STATE_MASK) == OFFERED) {
      change(entry, word, word & ~STATE_MASK | OVER);
    }
  }

  /** Records that the connection for which the entry was {@link #claim claimed} is gone. */
  void over(long ticket) {
    int served = Ticket.generation(ticket) << STATE_BITS | SERVED;
    change(Ticket.entry(ticket), served, served & ~STATE_MASK | OVER);
  }

  private static boolean isOf(int word, long ticket) {
    return word >>> STATE_BITS == Ticket.generation(ticket);
  }

  // ---- Both ----

  private int word(int entry) {
    return (int) WORDS.getAcquire(words[entry >>> CHUNK_SHIFT], entry & CHUNK - 1);
  }

  private boolean change(int entry, int from, int to) {
    return WORDS.compareAndSet(words[entry >>> CHUNK_SHIFT], entry & CHUNK - 1, from, to);
  }
}
