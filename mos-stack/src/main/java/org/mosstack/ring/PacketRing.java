package org.mosstack.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/**
 * A bounded ring of packets from one thread to another; the only place where two threads meet.
 *
 * <p>The producer keeps ownership of its mbufs: the consumer copies each packet into its own pool
 * and advances its index, and the producer then frees what lies behind that index, as with the
 * descriptors of a NIC's transmit ring. So no pool is ever touched by a foreign thread.
 *
 * <p>Either side may leave first. A producer that leaves by {@link #close} takes back its mbufs at
 * once, and what the consumer hasn't taken stays in the ring on the heap. When a consumer leaves by
 * {@link #abandon}, everything offered counts as consumed.
 *
 * <p>One thread may be both producer and consumer.
 */
public final class PacketRing {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle LEFT;

  static {
    try {
      LEFT = MethodHandles.lookup().findVarHandle(PacketRing.class, "left", Left[].class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  // Words that both threads read: the consumer's and the producer's, 128 bytes from each other and
  // from the array's ends, so that neither's stores disturb the other's cache line or prefetch.
  private static final int HEAD = 16; // consumer: packets consumed
  private static final int BUSY = 17; // consumer: 1 while it reads packets
  private static final int ABANDONED = 18; // consumer: 1 once it has left
  private static final int TAIL = 32; // producer: packets offered
  private static final int CLOSED = 33; // producer: 1 once it is leaving
  private static final int WORD_COUNT = 48;

  private final long[] words = new long[WORD_COUNT];
  private final long[] slots;
  private final int mask;

  // Producer's
  private long reclaimed;

  // Consumer's
  private long noBuffer;
  private int leftTaken;

  /**
   * What was in the ring when the producer closed it; null before. Written once, with release
   * semantics.
   */
  @SuppressWarnings("unused") // through LEFT
  private Left[] left;

  /** A packet without its mbuf: what {@link MbufPool#copy} would copy. */
  private record Left(List<byte[]> parts, int rssHash, int port, long flags, long txOffload) {
    static Left of(long mbuf) {
      return new Left(
          parts(mbuf),
          Mbuf.rssHash(mbuf),
          Mbuf.port(mbuf),
          Mbuf.copiedFlags(mbuf),
          Mbuf.txOffload(mbuf));
    }

    /** The bytes of each segment of a super-segment, or else those of the packet. */
    private static List<byte[]> parts(long mbuf) {
      byte[] whole = new byte[Mbuf.packetLength(mbuf)];
      Mbuf.copyTo(mbuf, whole);
      if (!Mbuf.isSuperSegment(mbuf)) {
        return List.of(whole);
      }
      List<byte[]> parts = new ArrayList<>();
      int from = 0;
      long segment = mbuf;
      for (int i = Mbuf.segments(mbuf); i > 0; i--) {
        int to = from + Mbuf.dataLength(segment);
        parts.add(Arrays.copyOfRange(whole, from, to));
        from = to;
        segment = Mbuf.next(segment);
      }
      return parts;
    }

    long copy(MbufPool target) {
      if (parts.getFirst().length > target.dataRoomBytes() || !target.reserve(parts.size())) {
        return 0;
      }
      long mbuf = target.alloc();
      append(mbuf, parts.getFirst());
      long last = mbuf;
      for (byte[] part : parts.subList(1, parts.size())) {
        long segment = target.alloc();
        append(segment, part);
        Mbuf.chain(mbuf, last, segment);
        last = segment;
      }
      Mbuf.setRssHash(mbuf, rssHash);
      Mbuf.setPort(mbuf, port);
      Mbuf.setFlags(mbuf, flags);
      Mbuf.setTxOffload(mbuf, txOffload);
      return mbuf;
    }

    private static void append(long mbuf, byte[] bytes) {
      Mbuf.append(mbuf, bytes, 0, bytes.length);
    }
  }

  /**
   * Creates an empty ring.
   *
   * @param capacity packets, a power of two
   * @throws IllegalArgumentException when it isn't one
   */
  public PacketRing(int capacity) {
    if (Integer.bitCount(capacity) != 1 || capacity < 0) {
      throw new IllegalArgumentException("capacity " + capacity + ", a power of two");
    }
    slots = new long[capacity];
    mask = capacity - 1;
  }

  /**
   * Puts a packet into the ring, which then owns it. Producer.
   *
   * @return false if the ring is full: {@link #reclaim} may make room
   */
  public boolean offer(long mbuf) {
    long tail = words[TAIL];
    if (tail - reclaimed > mask) {
      return false;
    }
    slots[(int) tail & mask] = mbuf;
    // Release: whoever sees the new index sees the packet's bytes and the slot.
    WORDS.setRelease(words, TAIL, tail + 1);
    return true;
  }

  /**
   * Frees what the consumer has taken. Producer.
   *
   * @param pool the producer's, which all offered packets come from
   */
  public void reclaim(MbufPool pool) {
    // Acquire: the consumer's reads of these packets happen before we reuse them.
    boolean abandoned = (long) WORDS.getAcquire(words, ABANDONED) != 0;
    freeUpTo(abandoned ? words[TAIL] : (long) WORDS.getAcquire(words, HEAD), pool);
  }

  /** Whether packets have been offered and not yet reclaimed. Producer. */
  public boolean hasOutstanding() {
    return reclaimed != words[TAIL];
  }

  private void freeUpTo(long end, MbufPool pool) {
    for (; reclaimed < end; reclaimed++) {
      pool.free(slots[(int) reclaimed & mask]);
    }
  }

  /**
   * Copies packets out of the ring. Consumer. A packet for which {@code target} has no buffer, or
   * none large enough, is dropped and counted in {@link #noBuffer}.
   *
   * @param out receives the copies' addresses, from index {@code from}, at most {@code max}
   * @param target the consumer's pool
   * @return the number written
   */
  public int poll(long[] out, int from, int max, MbufPool target) {
    return poll(out, from, max, target, true);
  }

  /**
   * As above, but optionally leaves packets there while {@code target} is empty. Consumer.
   *
   * @param drops whether they are dropped then
   * @return the number written
   */
  int poll(long[] out, int from, int max, MbufPool target, boolean drops) {
    Left[] rest = (Left[]) LEFT.getAcquire(this);
    if (rest != null) {
      return pollLeft(rest, out, from, max, target, drops);
    }
    long head = words[HEAD];
    long tail = (long) WORDS.getAcquire(words, TAIL);
    if (head == tail || max <= 0) {
      return 0;
    }
    // Pairs with close(): each side writes its word, then reads the other's, in the total order of
    // volatile accesses, so that at least one of them sees the other.
    WORDS.setVolatile(words, BUSY, 1L);
    int count = 0;
    if ((long) WORDS.getVolatile(words, CLOSED) == 0) {
      for (; head < tail && count < max; head++) {
        long copy = target.copy(slots[(int) head & mask]);
        if (copy == 0) {
          if (!drops && target.available() == 0) {
            break;
          }
          noBuffer++;
        } else {
          out[from + count++] = copy;
        }
      }
      WORDS.setRelease(words, HEAD, head);
    }
    WORDS.setRelease(words, BUSY, 0L);
    return count;
  }

  private int pollLeft(Left[] rest, long[] out, int from, int max, MbufPool target, boolean drops) {
    int count = 0;
    for (; leftTaken < rest.length && count < max; leftTaken++) {
      long copy = rest[leftTaken].copy(target);
      if (copy == 0) {
        if (!drops && target.available() == 0) {
          break;
        }
        noBuffer++;
      } else {
        out[from + count++] = copy;
      }
      rest[leftTaken] = null;
    }
    return count;
  }

  /** Whether nothing waits to be polled. Consumer. */
  public boolean isEmpty() {
    Left[] rest = (Left[]) LEFT.getAcquire(this);
    return rest != null
        ? leftTaken == rest.length
        : words[HEAD] == (long) WORDS.getAcquire(words, TAIL);
  }

  /** Packets dropped because the consumer's pool had no buffer for them. Consumer. */
  public long noBuffer() {
    return noBuffer;
  }

  /**
   * Called when the producer leaves: all its mbufs are freed on return, even while the consumer
   * runs, which still gets what was in the ring. Waits for the end of a {@link #poll} in progress.
   * To be called once; nothing may be offered afterwards.
   */
  public void close(MbufPool pool) {
    WORDS.setVolatile(words, CLOSED, 1L);
    while ((long) WORDS.getVolatile(words, BUSY) != 0) {
      Thread.yield(); // copying a burst, or longer if the consumer has lost its CPU
    }
    reclaim(pool);
    long tail = words[TAIL];
    Left[] rest = new Left[(int) (tail - reclaimed)];
    for (int i = 0; i < rest.length; i++) {
      rest[i] = Left.of(slots[(int) (reclaimed + i) & mask]);
    }
    freeUpTo(tail, pool);
    LEFT.setRelease(this, rest);
  }

  /** Called when the consumer leaves: what is in the ring, or offered later, counts as consumed. */
  public void abandon() {
    WORDS.setRelease(words, ABANDONED, 1L);
  }

  /** Whether the consumer has left: what is offered is lost. Any thread. */
  public boolean isAbandoned() {
    return (long) WORDS.getAcquire(words, ABANDONED) != 0;
  }

  /**
   * Frees all packets in the ring. After both threads have ended, or on the one that is both.
   *
   * @param pool the producer's
   */
  public void drain(MbufPool pool) {
    abandon();
    reclaim(pool);
  }
}
