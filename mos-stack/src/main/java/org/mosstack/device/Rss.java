package org.mosstack.device;

import java.util.random.RandomGenerator;

/**
 * Receive-side scaling: the Toeplitz hash over addresses and ports, its key, and the table from
 * hash to queue (RETA). Immutable; any thread may use it.
 *
 * <p>The key is random at each start: a public one would let anyone aim all traffic at one core.
 */
public final class Rss {
  /** Bytes of a key on most NICs; some take 52. */
  public static final int KEY_BYTES = 40;

  private static final int TUPLE_BYTES = 12;
  private static final int SOURCE_PORT = 8; // offsets in the tuple
  private static final int DESTINATION_PORT = 10;
  private static final int MIN_RETA_ENTRIES = 128;

  /**
   * Bounds the imbalance: queues with one entry more than others get at most an eighth more flows.
   */
  private static final int ENTRIES_PER_QUEUE = 8;

  private final byte[] key;
  private final int[] reta;
  private final int[] table = new int[TUPLE_BYTES * 256]; // partial hash of each byte and value

  /**
   * Spreads over the queues round-robin, as drivers fill the table by default.
   *
   * @param key {@link #KEY_BYTES} bytes or more
   * @param queues at least 1
   * @throws IllegalArgumentException outside these ranges
   */
  public Rss(byte[] key, int queues) {
    this(key, roundRobin(queues));
  }

  /**
   * Uses a table that a port reported.
   *
   * @param key {@link #KEY_BYTES} bytes or more
   * @param reta queue by hash modulo the table's length, a power of two
   * @throws IllegalArgumentException if the key is shorter, or the table has another length:
   *     whoever can't choose them must leave this port's spreading alone
   */
  public Rss(byte[] key, int[] reta) {
    if (key.length < KEY_BYTES) {
      throw new IllegalArgumentException(
          "hash key of " + key.length + " bytes, at least " + KEY_BYTES);
    }
    if (Integer.bitCount(reta.length) != 1) {
      throw new IllegalArgumentException(
          "redirection table of " + reta.length + " entries, a power of two");
    }
    this.key = key.clone();
    this.reta = reta.clone();
    for (int i = 0; i < TUPLE_BYTES; i++) {
      for (int value = 0; value < 256; value++) {
        table[i << 8 | value] = partialHash(i, value);
      }
    }
  }

  /**
   * Spreads over the queues round-robin with a fresh random key of {@link #KEY_BYTES}; see {@link
   * #random(RandomGenerator, int, int[])}.
   *
   * @param queues at least 1
   */
  public static Rss random(RandomGenerator random, int queues) {
    return random(random, KEY_BYTES, roundRobin(queues));
  }

  /**
   * Spreads by a table with a fresh random key, chosen so that either port alone can lead a flow to
   * any entry: whoever needs a flow on a certain queue finds a port for it. About one random key in
   * a few hundred doesn't qualify.
   *
   * @param keyBytes the key length that the port requires, {@link #KEY_BYTES} or more
   * @param reta queue by hash modulo the table's length, a power of two
   * @throws IllegalArgumentException outside these ranges
   */
  public static Rss random(RandomGenerator random, int keyBytes, int[] reta) {
    byte[] key = new byte[keyBytes];
    Rss rss;
    do {
      random.nextBytes(key);
      rss = new Rss(key, reta);
    } while (!rss.reachesAllEntries(SOURCE_PORT) || !rss.reachesAllEntries(DESTINATION_PORT));
    return rss;
  }

  /**
   * Whether the 16 bits of a port reach every entry of the table. The hash is linear (each set
   * input bit adds its own window of the key), so this is a matter of rank.
   */
  private boolean reachesAllEntries(int index) {
    int[] basis = new int[Integer.SIZE]; // by highest bit
    int rank = 0;
    for (int bit = 0; bit < Short.SIZE; bit++) {
      int vector = keyWindow(index * 8 + bit) & reta.length - 1;
      while (vector != 0) {
        int highest = Integer.SIZE - 1 - Integer.numberOfLeadingZeros(vector);
        if (basis[highest] == 0) {
          basis[highest] = vector;
          rank++;
          break;
        }
        vector ^= basis[highest];
      }
    }
    return rank == Math.min(Short.SIZE, Integer.bitCount(reta.length - 1));
  }

  private static int[] roundRobin(int queues) {
    if (queues < 1) {
      throw new IllegalArgumentException(queues + " queues, at least 1");
    }
    int wanted = Math.max(MIN_RETA_ENTRIES, ENTRIES_PER_QUEUE * queues);
    int entries = Integer.highestOneBit(wanted - 1) << 1;
    int[] reta = new int[entries];
    for (int i = 0; i < entries; i++) {
      reta[i] = i % queues;
    }
    return reta;
  }

  private int partialHash(int index, int value) {
    int hash = 0;
    for (int bit = 0; bit < 8; bit++) {
      if ((value & 0x80 >>> bit) != 0) {
        hash ^= keyWindow(index * 8 + bit);
      }
    }
    return hash;
  }

  /** The 32 key bits from {@code bit} on. */
  private int keyWindow(int bit) {
    long window = 0;
    for (int i = 0; i < 5; i++) {
      window = window << 8 | key[(bit >>> 3) + i] & 0xFF;
    }
    return (int) (window >>> 8 - (bit & 7));
  }

  /** Toeplitz hash of a received TCP or UDP packet's addresses and ports. */
  public int hash(int source, int destination, int sourcePort, int destinationPort) {
    int ports = sourcePort << 16 | destinationPort;
    return part(0, source) ^ part(4, destination) ^ part(8, ports);
  }

  /** Toeplitz hash of the addresses alone, for packets without ports. */
  public int hash(int source, int destination) {
    return part(0, source) ^ part(4, destination);
  }

  private int part(int index, int word) {
    return table[index << 8 | word >>> 24]
        ^ table[index + 1 << 8 | word >>> 16 & 0xFF]
        ^ table[index + 2 << 8 | word >>> 8 & 0xFF]
        ^ table[index + 3 << 8 | word & 0xFF];
  }

  /** The queue that packets with this hash arrive on. */
  public int queue(int hash) {
    return reta[hash & reta.length - 1];
  }

  /** The queue on which the flow's packets arrive; fields as in the received packet. */
  public int queue(int source, int destination, int sourcePort, int destinationPort) {
    return queue(hash(source, destination, sourcePort, destinationPort));
  }

  /** A copy of the key. */
  public byte[] key() {
    return key.clone();
  }

  /** A copy of the table. */
  public int[] reta() {
    return reta.clone();
  }
}
