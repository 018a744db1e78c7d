package org.mosstack.netty;

import io.netty.util.ReferenceCountUtil;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;

/**
 * One direction of a {@link LoopLink}: messages from one thread to another, in order, none lost.
 * What the ring has no room for waits with the producer; that is bounded, since every message is
 * covered by a credit of its connection, or is one of a few that a connection sends once.
 *
 * <p>The consumer is woken once for a batch: by the first message since it last began to take some.
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
  private static final int BATCH = 256;

  /** A message that waits for room in the ring. */
  private record Late<K, T>(K kind, T target, Object payload, long first, long second) {}

  private final MessageRing<K, T> ring = new MessageRing<>(CAPACITY);
  private final Receiver<K, T> receiver;
  private final Predicate<Runnable> consumer;
  private final Predicate<Runnable> producer;
  private final Runnable taking;
  private final Runnable retrying = this::retry;

  /** The producer's. */
  private final ArrayDeque<Late<K, T>> late = new ArrayDeque<>();

  /** Whether the consumer has been told of messages, and hasn't begun to take them. */
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** Whether messages wait with the producer. */
  private final AtomicBoolean stalled = new AtomicBoolean();

  /**
   * Joins two threads.
   *
   * @param consumer runs a task on the consumer's thread; false if that has ended
   * @param producer runs a task on the producer's thread; false if that has ended
   * @param receiver takes the messages, on the consumer's thread
   * @param batchEnd called after each batch, on the consumer's thread
   */
  Courier(
      Predicate<Runnable> producer,
      Predicate<Runnable> consumer,
      Receiver<K, T> receiver,
      Runnable batchEnd) {
    this.producer = producer;
    this.consumer = consumer;
    this.receiver = receiver;
    taking =
        () -> {
          take();
          batchEnd.run();
        };
  }

  /**
   * Sends a message. The producer's thread.
   *
   * @return false if the consumer's thread has ended: the payload is released
   */
  boolean send(K kind, T target, Object payload, long first, long second) {
    if (!late.isEmpty() || !ring.offer(kind, target, payload, first, second)) {
      late.add(new Late<>(kind, target, payload, first, second));
      stalled.set(true);
    }
    return wakeConsumer();
  }

  private boolean wakeConsumer() {
    // A full fence between the message and the look at the flag: either we see that the consumer
    // has begun, or it sees the message.
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
    while (ring.next()) {
      Object payload = ring.payload();
      ring.remove();
      ReferenceCountUtil.safeRelease(payload);
    }
    late.forEach(message -> ReferenceCountUtil.safeRelease(message.payload));
    late.clear();
  }

  /** Takes a batch. The consumer's thread. */
  private void take() {
    scheduled.set(false); // before the ring is looked at
    VarHandle.fullFence();
    int taken = 0;
    while (taken < BATCH && ring.next()) {
      K kind = ring.kind();
      T target = ring.target();
      Object payload = ring.payload();
      long first = ring.first();
      long second = ring.second();
      ring.remove();
      taken++;
      receiver.receive(kind, target, payload, first, second);
    }
    if (stalled.get() && stalled.compareAndSet(true, false)) {
      if (!producer.test(retrying)) {
        moveLate(); // its thread has ended, and all that it did happened before that
      }
    }
    if (!ring.isEmpty() && scheduled.compareAndSet(false, true)) {
      consumer.test(taking);
    }
  }

  private void retry() {
    moveLate();
    if (!late.isEmpty()) {
      stalled.set(true);
    }
    wakeConsumer();
  }

  /** Moves what waits into the ring, as far as there is room. The producer's thread. */
  void goOn() {
    if (!late.isEmpty()) {
      moveLate();
      wakeConsumer();
    }
  }

  private void moveLate() {
    Late<K, T> next;
    while ((next = late.peek()) != null
        && ring.offer(next.kind, next.target, next.payload, next.first, next.second)) {
      late.remove();
    }
  }
}
