package org.mosstack.ip;

/**
 * What a packet carries when its arrival core passes it on to the core that serves its flow: in one
 * {@code long}, its flow's entry in the arrival core's table of moved flows, and both cores. {@link
 * #NONE} for any other packet.
 */
public final class Ticket {
  /** No ticket: the flow isn't moved. */
  public static final long NONE = 0;

  /** Cores that a ticket can distinguish: more than a stack may have. */
  public static final int MAX_CORES = 1 << 10;

  /** Table entries that a ticket can distinguish. */
  public static final int MAX_ENTRIES = 1 << 22;

  /** Uses of one entry after which a new ticket looks like an old one. */
  public static final int GENERATIONS = 1 << 21;

  private static final int SERVING_SHIFT = 10;
  private static final int ENTRY_SHIFT = 20;
  private static final int GENERATION_SHIFT = 42;
  private static final long MARK = 1L << 63; // no ticket is 0

  private Ticket() {}

  /** Makes a ticket of its parts, each within the bounds above. */
  public static long of(int arrivalCore, int servingCore, int entry, int generation) {
    return MARK
        | (long) generation << GENERATION_SHIFT
        | (long) entry << ENTRY_SHIFT
        | (long) servingCore << SERVING_SHIFT
        | arrivalCore;
  }

  /** Index of the core whose queue the flow's packets arrive on. */
  public static int arrivalCore(long ticket) {
    return (int) ticket & MAX_CORES - 1;
  }

  /** Index of the core that serves the flow. */
  public static int servingCore(long ticket) {
    return (int) (ticket >>> SERVING_SHIFT) & MAX_CORES - 1;
  }

  /** Position in the arrival core's table. */
  public static int entry(long ticket) {
    return (int) (ticket >>> ENTRY_SHIFT) & MAX_ENTRIES - 1;
  }

  /** Which use of that entry the ticket refers to. */
  public static int generation(long ticket) {
    return (int) (ticket >>> GENERATION_SHIFT) & GENERATIONS - 1;
  }
}
