package org.mosstack.netty;

import io.netty.util.ReferenceCountUtil;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * One direction of a {@link LoopLink}: messages from one thread, the producer, to another one, the
 * consumer; in order, none lost. What the ring has no room for waits in a queue; that is bounded,
 * since every message is covered by a credit of its connection, or is one of a few that a
 * connection sends once.
 *
 * <p>The consumer is woken once for a batch: for the first message since it last began to take
 * some.
 *
 * @param <K> the kinds of messages
 * @param <T> whom they are for
 */
final class Courier<K extends Enum<K>, T> {
  /** Takes messages. */
  @FunctionalInterface
  interface Receiver<K, T> {
    void receive(K kind, T target, Object payload, long first, long second);
  }

  /** Messages that the ring holds. */
  static final int CAPACITY = 1024;

  /** Most messages that are taken at once: packets, or other channels, have their turn between. */
  static final int BATCH = 256;

  /** A message for which the ring had no room. */
  private record Late<K, T>(K kind, T target, Object payload, long first, long second) {}

  private final MessageRing<K, T> ring = new MessageRing<>(CAPACITY);

  /** What comes after all that is in the ring, which gets nothing while there is something here. */
  private final Queue<Late<K, T>> late = new ConcurrentLinkedQueue<>();

  private final Receiver<K, T> receiver;
  private final Predicate<Runnable> consumer;
  private final Runnable taking;

  /** Whether the consumer has been told of messages, and hasn't begun to take them. */
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /**
   * Sends to a thread.
   *
   * @param consumer runs a task on the consumer's thread; false if that has ended
   * @param receiver takes the messages, on the consumer's thread
   * @param batchEnd called after each batch, on the consumer's thread
   */
  Courier(Predicate<Runnable> consumer, Receiver<K, T> receiver, Runnable batchEnd) {
    this.consumer = consumer;
    this.receiver = receiver;
    taking =
        () -> {
          take();
          batchEnd.run();
        };
  }

  /** Leaves a message for the consumer, who is to be woken later. The producer's thread. */
  void leave(K kind, T target, Object payload, long first, long second) {
    if (!late.isEmpty() || !ring.offer(kind, target, payload, first, second)) {
      late.add(new Late<>(kind, target, payload, first, second));
    }
  }

  /**
   * Wakes the consumer, unless it has been and is yet to begin. The producer's thread.
   *
   * @return false if the consumer's thread has ended: the payloads are released
   */
  boolean wakeConsumer() {
    // A full fence between the messages and the look at the flag: either we see that the consumer
    // has begun, or it sees the messages.
    VarHandle.fullFence();
    if (!scheduled.get() && scheduled.compareAndSet(false, true) && !consumer.test(taking)) {
      scheduled.set(false);
      discard();
      return false;
    }
    return true;
  }

  /** Releases what the messages carry. The producer's thread, once the consumer's has ended. */
  void discard() {
    take(Integer.MAX_VALUE, (_, _, payload, _, _) -> ReferenceCountUtil.safeRelease(payload));
  }

  /** Takes a batch. The consumer's thread. */
  private void take() {
    scheduled.set(false); // before the messages are looked at
    VarHandle.fullFence();
    take(BATCH, receiver);
    if (!(ring.isEmpty() && late.isEmpty()) && scheduled.compareAndSet(false, true)) {
      consumer.test(taking);
    }
  }

  private void take(int most, Receiver<K, T> to) {
    int taken = 0;
    while (taken < most && takeNext(to)) {
      taken++;
    }
  }

  private boolean takeNext(Receiver<K, T> to) {
    Late<K, T> next = late.peek(); // first: while it is there, the ring gets nothing that is later
    if (ring.next()) {
      K kind = ring.kind();
      T target = ring.target();
      Object payload = ring.payload();
      long first = ring.first();
      long second = ring.second();
      ring.remove();
      to.receive(kind, target, payload, first, second);
      return true;
    }
    if (next == null) {
      return false;
    }
    late.remove();
    to.receive(next.kind, next.target, next.payload, next.first, next.second);
    return true;
  }
}
