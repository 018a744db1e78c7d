package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.ip.Ticket;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's connections in TIME_WAIT, each as a record of {@value #RECORD_BYTES} bytes in place of
 * a {@link Tcb}: what it takes to answer the peer's FIN once more, and to tell a new SYN from an
 * old one. They don't count against {@code max_concurrency}, but have a limit of their own; when
 * that is reached, the oldest gives way to the newest.
 *
 * <p>Records are numbered, lie in pages that are int arrays, and are found by open addressing with
 * backward-shift deletion, as in {@link FlowTable}, whose keyed hash is used. A segment gets here
 * only when that table doesn't know its connection. All records last equally long, so that a queue
 * in the order in which they end takes the place of timers.
 */
final class TimeWaitTable {
  /** Stands for no record. */
  static final int NONE = -1;

  /** Memory of one record, without its two to four slots of four bytes in the table. */
  static final int RECORD_BYTES = 64;

  /** Minimum number of records that there is room for. */
  static final int MIN_LIMIT = 16_384;

  /** Records for each connection that {@code max_concurrency} allows. */
  private static final int RECORDS_PER_CONNECTION = 4;

  /** Maximum number of records that {@link #advance} ends in a turn. */
  private static final int MAX_ENDED_PER_TURN = 1024;

  private static final int INITIAL_SLOTS = 256;
  private static final int PAGE_SHIFT = 8;
  private static final int PAGE_RECORDS = 1 << PAGE_SHIFT;
  private static final int PAGE_MASK = PAGE_RECORDS - 1;
  private static final long NANOS_PER_MILLI = 1_000_000;

  // Fields of a record. Times are milliseconds since the table was made, and wrap.
  private static final int FIELDS_SHIFT = 4;
  private static final int LOCAL_ADDRESS = 0;
  private static final int REMOTE_ADDRESS = 1;
  private static final int PORTS = 2; // the local one in the upper half
  private static final int HASH = 3;
  private static final int SND_NXT = 4;
  private static final int RCV_NXT = 5;
  private static final int RCV_WND = 6;
  private static final int MAX_SND_WND = 7;
  private static final int TS_RECENT = 8;
  private static final int TS_RECENT_MILLIS = 9;
  private static final int TS_OFFSET = 10;
  private static final int ENDS_MILLIS = 11;
  private static final int ANSWERED_MILLIS = 12; // 0 for never
  private static final int SETTINGS = 13; // timestamps, window scale, TOS, TTL
  private static final int OLDER = 14;
  private static final int NEWER = 15; // of a free record: the next free one

  private static final int TIMESTAMPS_BIT = 1 << 24;

  private final FlowTable flows;
  private final TakenPorts takenPorts;
  private final FlowPlacement placement;
  private final int limit;
  private final long timeWaitNanos;
  private final long origin;
  private final Counters counters;

  private int[] slots = new int[INITIAL_SLOTS]; // a record's number plus 1, or 0
  private int[][] pages = new int[1][];

  /** By page: connections in TIME_WAIT that their application hasn't closed. Null where none. */
  private Tcb[][] owners = new Tcb[1][];

  /** By page: the tickets by which arrival cores know moved flows. Null where none. */
  private long[][] tickets = new long[1][];

  private int used; // records of the pages that were ever in use
  private int free = NONE;
  private int oldest = NONE;
  private int newest = NONE;
  private int size;

  /**
   * Creates an empty table.
   *
   * @param flows the table whose hash is used
   * @param takenPorts told of ports that are no longer taken
   * @param placement told of the end of flows that arrive at other cores
   * @param maxConnections {@code max_concurrency}, from which the limit follows
   * @param timeWaitNanos time in TIME_WAIT
   * @param nowNanos the current time
   * @param counters counts records that had to give way
   */
  TimeWaitTable(
      FlowTable flows,
      TakenPorts takenPorts,
      FlowPlacement placement,
      int maxConnections,
      long timeWaitNanos,
      long nowNanos,
      Counters counters) {
    this.flows = flows;
    this.takenPorts = takenPorts;
    this.placement = placement;
    limit = limit(maxConnections);
    this.timeWaitNanos = timeWaitNanos;
    origin = nowNanos;
    this.counters = counters;
  }

  /** How many records there is room for with this {@code max_concurrency}. */
  static int limit(int maxConnections) {
    return Math.max(MIN_LIMIT, maxConnections * RECORDS_PER_CONNECTION);
  }

  /** Number of connections in TIME_WAIT. */
  int size() {
    return size;
  }

  /** Bytes that the table takes, including what it keeps for later. */
  long bytes() {
    long bytes = (long) slots.length * Integer.BYTES;
    for (int[] page : pages) {
      bytes += page == null ? 0 : (long) page.length * Integer.BYTES;
    }
    for (Tcb[] page : owners) {
      bytes += page == null ? 0 : (long) page.length * Integer.BYTES;
    }
    for (long[] page : tickets) {
      bytes += page == null ? 0 : (long) page.length * Long.BYTES;
    }
    return bytes;
  }

  // ---- In and out ----

  /** The record of the connection with these endpoints, or {@link #NONE}. */
  int find(int localAddress, int localPort, int remoteAddress, int remotePort) {
    if (size == 0) {
      return NONE;
    }
    int ports = localPort << 16 | remotePort;
    int mask = slots.length - 1;
    int slot = flows.hash(localAddress, localPort, remoteAddress, remotePort) & mask;
    while (slots[slot] != 0) {
      int record = slots[slot] - 1;
      int[] page = page(record);
      int at = at(record);
      if (page[at + PORTS] == ports
          && page[at + REMOTE_ADDRESS] == remoteAddress
          && page[at + LOCAL_ADDRESS] == localAddress) {
        return record;
      }
      slot = slot + 1 & mask;
    }
    return NONE;
  }

  /**
   * Adds a record of a connection that is about to leave the flow table. The table must have none
   * with the same endpoints.
   *
   * @return the record
   */
  int add(Tcb c, long now) {
    if (size == limit) {
      counters.increment(Counter.TCP_TIME_WAIT_EVICTED);
      remove(oldest);
    }
    if (size >= slots.length / 2) {
      grow();
    }
    int record = take();
    int[] page = page(record);
    int at = at(record);
    page[at + LOCAL_ADDRESS] = c.localAddress;
    page[at + REMOTE_ADDRESS] = c.remoteAddress;
    page[at + PORTS] = c.localPort << 16 | c.remotePort;
    page[at + HASH] = c.flowHash;
    page[at + SND_NXT] = c.sndMax;
    page[at + RCV_NXT] = c.rcvNxt;
    page[at + RCV_WND] = c.rcvWnd();
    page[at + MAX_SND_WND] = c.maxSndWnd;
    page[at + TS_RECENT] = c.tsRecent;
    page[at + TS_RECENT_MILLIS] = millis(c.tsRecentNanos);
    page[at + TS_OFFSET] = c.tsOffset;
    page[at + ANSWERED_MILLIS] = 0;
    page[at + SETTINGS] =
        (c.timestamps ? TIMESTAMPS_BIT : 0) | c.rcvWndShift << 16 | c.tos << 8 | c.ttl;
    if (c.ticket != Ticket.NONE) {
      giveTicket(record, c);
    }
    insert(record);
    enqueue(record, now);
    size++;
    return record;
  }

  /** Restarts a record's time in TIME_WAIT. */
  void restart(int record, long now) {
    dequeue(record);
    enqueue(record, now);
  }

  /** Ends TIME_WAIT. */
  void remove(int record) {
    takenPorts.free(
        localAddress(record), localPort(record), remoteAddress(record), remotePort(record));
    removeSlot(record);
    dequeue(record);
    set(record, NEWER, free);
    free = record;
    size--;
    placement.over(takeTicket(record));
    disown(record);
    if (size == 0) {
      shrink();
    }
  }

  /** Ends TIME_WAIT for all records. */
  void clear() {
    while (size > 0) {
      remove(oldest);
    }
  }

  /**
   * Ends the records whose time is over, up to a maximum number.
   *
   * @return how many were ended
   */
  int advance(long now) {
    if (size == 0) {
      return 0;
    }
    int millis = millis(now);
    int ended = 0;
    while (size > 0 && ended < MAX_ENDED_PER_TURN && get(oldest, ENDS_MILLIS) - millis <= 0) {
      remove(oldest);
      ended++;
    }
    return ended;
  }

  /** Time by which {@link #advance} has to be called next; Long.MAX_VALUE when there is none. */
  long nextDeadlineNanos(long now) {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    long millis = (now - origin) / NANOS_PER_MILLI;
    return origin + (millis + (get(oldest, ENDS_MILLIS) - (int) millis)) * NANOS_PER_MILLI;
  }

  // ---- Connections that their application hasn't closed ----

  /** Puts the connection in TIME_WAIT, for its application, until this record ends. */
  void own(int record, Tcb c) {
    Tcb[] page = owners[record >>> PAGE_SHIFT];
    if (page == null) {
      page = new Tcb[PAGE_RECORDS];
      owners[record >>> PAGE_SHIFT] = page;
    }
    page[record & PAGE_MASK] = c;
    c.enter(TcpState.TIME_WAIT);
  }

  /** The record that a connection in TIME_WAIT owns. */
  int recordOf(Tcb c) {
    return find(c.localAddress, c.localPort, c.remoteAddress, c.remotePort);
  }

  /**
   * Closes a record's connection, if any: its application is done with it, or TIME_WAIT is over.
   */
  void disown(int record) {
    Tcb[] page = owners[record >>> PAGE_SHIFT];
    Tcb c = page == null ? null : page[record & PAGE_MASK];
    if (c != null) {
      page[record & PAGE_MASK] = null;
      c.enter(TcpState.CLOSED);
    }
  }

  // ---- Moved flows ----

  /** Hands the connection's ticket to the record: it ends when the record does. */
  private void giveTicket(int record, Tcb c) {
    if (tickets[record >>> PAGE_SHIFT] == null) {
      tickets[record >>> PAGE_SHIFT] = new long[PAGE_RECORDS];
    }
    tickets[record >>> PAGE_SHIFT][record & PAGE_MASK] = c.ticket;
    c.ticket = Ticket.NONE;
  }

  /** The ticket of a flow that arrives at another core, or {@link Ticket#NONE}. */
  long ticket(int record) {
    long[] page = tickets[record >>> PAGE_SHIFT];
    return page == null ? Ticket.NONE : page[record & PAGE_MASK];
  }

  /** Takes the ticket from a record, for the connection that replaces it. */
  long takeTicket(int record) {
    long ticket = ticket(record);
    if (ticket != Ticket.NONE) {
      tickets[record >>> PAGE_SHIFT][record & PAGE_MASK] = Ticket.NONE;
    }
    return ticket;
  }

  // ---- What a record says ----

  int localAddress(int record) {
    return get(record, LOCAL_ADDRESS);
  }

  int remoteAddress(int record) {
    return get(record, REMOTE_ADDRESS);
  }

  int localPort(int record) {
    return get(record, PORTS) >>> 16;
  }

  int remotePort(int record) {
    return get(record, PORTS) & 0xFFFF;
  }

  /** SND.NXT, which is also SND.UNA: all is acknowledged. */
  int sndNxt(int record) {
    return get(record, SND_NXT);
  }

  /** RCV.NXT, after the peer's FIN. */
  int rcvNxt(int record) {
    return get(record, RCV_NXT);
  }

  /** RCV.WND, as last advertised to the peer. */
  int rcvWnd(int record) {
    return get(record, RCV_WND);
  }

  int rcvWndShift(int record) {
    return get(record, SETTINGS) >>> 16 & 0xFF;
  }

  /** The largest window that the peer has advertised. */
  int maxSndWnd(int record) {
    return get(record, MAX_SND_WND);
  }

  boolean timestamps(int record) {
    return (get(record, SETTINGS) & TIMESTAMPS_BIT) != 0;
  }

  int tsRecent(int record) {
    return get(record, TS_RECENT);
  }

  /** Sets TS.Recent. */
  void tsRecent(int record, int value, long now) {
    set(record, TS_RECENT, value);
    set(record, TS_RECENT_MILLIS, millis(now));
  }

  /** Milliseconds since TS.Recent was last set. */
  int tsRecentAgeMillis(int record, long now) {
    return millis(now) - get(record, TS_RECENT_MILLIS);
  }

  int tsOffset(int record) {
    return get(record, TS_OFFSET);
  }

  int tos(int record) {
    return get(record, SETTINGS) >>> 8 & 0xFF;
  }

  int ttl(int record) {
    return get(record, SETTINGS) & 0xFF;
  }

  /**
   * Whether the per-connection limit lets an unacceptable segment be answered; it then counts as
   * answered.
   *
   * @param intervalMillis minimum time between two answers
   */
  boolean mayAnswer(int record, int intervalMillis, long now) {
    int millis = millis(now);
    int last = get(record, ANSWERED_MILLIS);
    if (last != 0 && millis - last < intervalMillis) {
      return false;
    }
    set(record, ANSWERED_MILLIS, millis == 0 ? 1 : millis);
    return true;
  }

  // ---- Records ----

  private int[] page(int record) {
    return pages[record >>> PAGE_SHIFT];
  }

  private static int at(int record) {
    return (record & PAGE_MASK) << FIELDS_SHIFT;
  }

  private int get(int record, int field) {
    return page(record)[at(record) + field];
  }

  private void set(int record, int field, int value) {
    page(record)[at(record) + field] = value;
  }

  private int millis(long nanos) {
    return (int) Math.floorDiv(nanos - origin, NANOS_PER_MILLI);
  }

  /** Takes a record into use. */
  private int take() {
    if (free != NONE) {
      int record = free;
      free = get(record, NEWER);
      return record;
    }
    int page = used >>> PAGE_SHIFT;
    if (page == pages.length) {
      pages = Arrays.copyOf(pages, 2 * page);
      owners = Arrays.copyOf(owners, 2 * page);
      tickets = Arrays.copyOf(tickets, 2 * page);
    }
    if (pages[page] == null) {
      pages[page] = new int[PAGE_RECORDS << FIELDS_SHIFT];
    }
    return used++;
  }

  /** Releases memory once no record is left, except for a little that is kept for the next ones. */
  private void shrink() {
    used = 0;
    free = NONE;
    if (pages.length > 1) {
      pages = new int[][] {pages[0]};
      owners = new Tcb[1][];
      tickets = new long[1][];
    }
    if (slots.length > INITIAL_SLOTS) {
      slots = new int[INITIAL_SLOTS];
    }
  }

  // ---- The queue ----

  private void enqueue(int record, long now) {
    // Rounded up, so that counting in milliseconds doesn't end it early.
    set(record, ENDS_MILLIS, millis(now + timeWaitNanos + NANOS_PER_MILLI - 1));
    set(record, OLDER, newest);
    set(record, NEWER, NONE);
    if (newest == NONE) {
      oldest = record;
    } else {
      set(newest, NEWER, record);
    }
    newest = record;
  }

  private void dequeue(int record) {
    int older = get(record, OLDER);
    int newer = get(record, NEWER);
    if (older == NONE) {
      oldest = newer;
    } else {
      set(older, NEWER, newer);
    }
    if (newer == NONE) {
      newest = older;
    } else {
      set(newer, OLDER, older);
    }
  }

  // ---- The table ----

  private void insert(int record) {
    int mask = slots.length - 1;
    int slot = get(record, HASH) & mask;
    while (slots[slot] != 0) {
      slot = slot + 1 & mask;
    }
    slots[slot] = record + 1;
  }

  private void grow() {
    slots = new int[slots.length * 2];
    for (int record = oldest; record != NONE; record = get(record, NEWER)) {
      insert(record);
    }
  }

  /** Removes a record's slot as {@link FlowTable#remove} does. */
  private void removeSlot(int record) {
    int mask = slots.length - 1;
    int hole = get(record, HASH) & mask;
    while (slots[hole] != record + 1) {
      hole = hole + 1 & mask;
    }
    int slot = hole;
    while (true) {
      slot = slot + 1 & mask;
      if (slots[slot] == 0) {
        break;
      }
      int home = get(slots[slot] - 1, HASH) & mask;
      if ((slot - home & mask) >= (slot - hole & mask)) {
        slots[hole] = slots[slot];
        hole = slot;
      }
    }
    slots[hole] = 0;
  }
}
