package org.mosstack.device;

import java.util.List;
import java.util.Optional;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.MbufPool;

/**
 * A network port with one receive and one transmit queue per core that uses it.
 *
 * <p>Queue <i>q</i> is used by one thread only; different queues by different threads at the same
 * time. What the port can do is the value {@link #capabilities()}, which TCP/IP reads.
 */
public interface NetDevice extends AutoCloseable {
  /** The name in the configuration, such as {@code dpdk0}. */
  String name();

  /** Receive and transmit queues, at least 1. */
  int queues();

  /** MAC address, 48 bits. */
  long mac();

  /** Largest IP packet in bytes, 68 to 65535. */
  int mtu();

  /** Longest frame in bytes that the port receives: what a packet buffer must have room for. */
  default int frameBytes() {
    return frameBytes(mtu());
  }

  /**
   * Longest Ethernet frame in bytes that brings a packet: with a priority tag, but for the largest
   * MTUs, with which a buffer has no room for one.
   *
   * @param mtu largest IP packet in bytes
   */
  static int frameBytes(int mtu) {
    int tagged = Math.min(mtu + EthernetHeader.TAGGED_BYTES, MbufPool.MAX_DATA_ROOM_BYTES);
    return Math.max(mtu + EthernetHeader.BYTES, tagged);
  }

  /** What the port computes by itself, and how it spreads flows over its queues. */
  Capabilities capabilities();

  /**
   * Why a started port whose {@link #capabilities()} said how it spreads flows doesn't say so any
   * more: half a sentence; empty when there is nothing to tell.
   */
  default Optional<String> rssProblem() {
    return Optional.empty();
  }

  /**
   * Gives each queue its pool and starts the port. Called once, before any queue is attached, on
   * the thread that puts the stack together; the pools are used only after {@link #attach}. A
   * device that needs no start does nothing.
   *
   * @param pools that of queue <i>i</i> at index <i>i</i>, one for each queue
   * @throws IllegalStateException when the port can't be started; the message is one line that
   *     names the device and says what to do
   */
  default void start(List<MbufPool> pools) {}

  /**
   * Whether the port has a carrier, so that what is sent can arrive. Any thread; cheap enough to be
   * asked at every turn.
   */
  default boolean linkUp() {
    return true;
  }

  /**
   * Gives a queue the pool that its received packets are taken from. Called once for each queue, on
   * the thread that will use it, before the first burst.
   */
  void attach(int queue, MbufPool pool);

  /**
   * Takes packets that have arrived (rte_eth_rx_burst). The caller owns what it gets.
   *
   * @return how many addresses were written to {@code mbufs}, from index 0, 0 to {@code max}
   */
  int receive(int queue, long[] mbufs, int max);

  /**
   * Hands packets over to be sent (rte_eth_tx_burst). The device owns what it takes and frees it to
   * the queue's pool once it is sent.
   *
   * @return how many it took, from index 0; fewer than {@code n} when its ring is full
   */
  int transmit(int queue, long[] mbufs, int n);

  /**
   * Has {@code wakeup} called, from any thread, when a packet arrives while the queue's thread
   * sleeps; a device without such a signal does nothing, see {@link Capabilities#wakeups()}.
   */
  default void onArrival(int queue, Runnable wakeup) {}

  /**
   * Called by the queue's thread before it sleeps: asks for a signal on the next arrival.
   *
   * @return false when packets are waiting already, and the thread must not sleep
   */
  default boolean prepareSleep(int queue) {
    return true;
  }

  /** Called by the queue's thread after it slept, or gave up sleeping. */
  default void finishSleep(int queue) {}

  /**
   * When the device wants {@link #receive} called although nothing arrives, because it holds
   * packets back until then. On the queue's thread.
   *
   * @return nanoseconds on the stack's clock, in the past when something is due already; {@link
   *     Long#MAX_VALUE} when nothing is held
   */
  default long nextDeadlineNanos(int queue) {
    return Long.MAX_VALUE;
  }

  /** Packets lost before {@link #receive} saw them: full ring, no buffer, bad frame. */
  long receiveErrors(int queue);

  /** Those of {@link #receiveErrors} that found a ring full (DPDK's imissed). */
  default long receiveMissed(int queue) {
    return 0;
  }

  /** Those of {@link #receiveErrors} for which the pool had no buffer (DPDK's rx_nombuf). */
  default long receiveNoMbuf(int queue) {
    return 0;
  }

  /**
   * Releases packets in the queue's rings to the queue's pool. On the queue's thread, or after it
   * has ended; nothing may be sent or received on the queue afterwards.
   */
  void detach(int queue);

  /**
   * Buffers of the queue's pool that the port took when it started and doesn't give back, not even
   * when it is closed: they are free only with the pool.
   */
  default int keptBuffers(int queue) {
    return 0;
  }

  /** Closes the port when all queues are detached. */
  @Override
  void close();
}
