package org.mosstack.netty;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A bounded ring of messages from one thread, the producer, to another one, the consumer. A message
 * is stored in arrays, so that none is allocated. One thread may be both.
 *
 * @param <K> the kinds of messages
 * @param <T> whom they are for
 */
final class MessageRing<K extends Enum<K>, T> {
  private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

  // 128 bytes from each other and from the array's ends, so that neither thread's stores disturb
  // the
  // other's cache line or prefetch.
  private static final int HEAD = 16; // consumer: messages taken
  private static final int TAIL = 32; // producer: messages offered
  private static final int WORD_COUNT = 48;

  private final long[] words = new long[WORD_COUNT];
  private final Object[] kinds;
  private final Object[] targets;
  private final Object[] payloads;
  private final long[] numbers;
  private final int mask;

  /** The producer's last look at HEAD, and the consumer's at TAIL. */
  private long seenHead;

  private long seenTail;

  /** The consumer's current message. */
  private int current;

  /**
   * An empty ring.
   *
   * @param capacity messages that it holds, a power of two
   */
  MessageRing(int capacity) {
    kinds = new Object[capacity];
    targets = new Object[capacity];
    payloads = new Object[capacity];
    numbers = new long[2 * capacity];
    mask = capacity - 1;
  }

  /**
   * Adds a message. The producer's thread.
   *
   * @return false if the ring is full
   */
  boolean offer(K kind, T target, Object payload, long first, long second) {
    long tail = words[TAIL]; // our own
    if (tail - seenHead > mask) {
      seenHead = (long) WORDS.getAcquire(words, HEAD); // slots are free before their count is seen
      if (tail - seenHead > mask) {
        return false;
      }
    }
    int slot = (int) tail & mask;
    kinds[slot] = kind;
    targets[slot] = target;
    payloads[slot] = payload;
    numbers[2 * slot] = first;
    numbers[2 * slot + 1] = second;
    WORDS.setRelease(words, TAIL, tail + 1); // after the message
    return true;
  }

  /** Whether there is no message. Any thread. */
  boolean isEmpty() {
    return (long) WORDS.getVolatile(words, HEAD) == (long) WORDS.getVolatile(words, TAIL);
  }

  /**
   * Goes to the next message, which the accessors then return. The consumer's thread.
   *
   * @return false if there is none
   */
  boolean next() {
    long head = words[HEAD]; // our own
    if (head == seenTail) {
      seenTail = (long) WORDS.getAcquire(words, TAIL); // messages are there before their count is
      if (head == seenTail) {
        return false;
      }
    }
    current = (int) head & mask;
    return true;
  }

  @SuppressWarnings("unchecked")
  K kind() {
    return (K) kinds[current];
  }

  @SuppressWarnings("unchecked")
  T target() {
    return (T) targets[current];
  }

  Object payload() {
    return payloads[current];
  }

  long first() {
    return numbers[2 * current];
  }

  long second() {
    return numbers[2 * current + 1];
  }

  /** Takes the current message out. The consumer's thread, after it has read what it needs. */
  void remove() {
    targets[current] = null;
    payloads[current] = null;
    WORDS.setRelease(words, HEAD, words[HEAD] + 1);
  }
}
