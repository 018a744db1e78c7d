package org.mosstack.device;

import java.util.List;
import java.util.Optional;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.MbufPool;

/**
 * A network port with one receive and one transmit queue per core that uses it.
 *
 * <p>Each queue is used by one thread only; different threads use different queues at the same
 * time. {@link #capabilities()} tells TCP/IP what the port can do.
 */
public interface NetDevice extends AutoCloseable {
  /** The largest IP packet in an Ethernet frame, in bytes (RFC 894). */
  int ETHERNET_MTU = 1500;

  /** The name in the configuration, such as {@code dpdk0}. */
  String name();

  /** Receive and transmit queues, at least 1; one by default. */
  default int queues() {
    return 1;
  }

  /** MAC address, 48 bits. */
  long mac();

  /** Largest IP packet in bytes, 68 to 65535; Ethernet's 1500 by default. */
  default int mtu() {
    return ETHERNET_MTU;
  }

  /** Longest frame in bytes that the port receives, for which a packet buffer must have room. */
  default int frameBytes() {
    return frameBytes(mtu());
  }

  /**
   * Longest Ethernet frame in bytes that carries a packet: with a priority tag, except for the
   * largest MTUs, which leave a buffer no room for one.
   *
   * @param mtu largest IP packet in bytes
   */
  static int frameBytes(int mtu) {
    int tagged = Math.min(mtu + EthernetHeader.TAGGED_BYTES, MbufPool.MAX_DATA_ROOM_BYTES);
    return Math.max(mtu + EthernetHeader.BYTES, tagged);
  }

  /** What the port computes by itself, and how it spreads flows; nothing by default. */
  default Capabilities capabilities() {
    return Capabilities.NONE;
  }

  /**
   * Why a started port whose {@link #capabilities()} said how it spreads flows no longer says so,
   * as half a sentence; empty if there is nothing to report.
   */
  default Optional<String> rssProblem() {
    return Optional.empty();
  }

  /**
   * Gives each queue its pool and starts the port. Called once, before any queue is attached, on
   * the thread that assembles the stack; the pools are used only after {@link #attach}. A device
   * that needs no start does nothing.
   *
   * @param pools one per queue, that of queue <i>i</i> at index <i>i</i>
   * @throws IllegalStateException if the port can't be started; the message is one line that names
   *     the device and says what to do
   */
  default void start(List<MbufPool> pools) {}

  /**
   * Whether the port has a carrier, so that what is sent can arrive. Any thread; cheap enough to
   * call at every turn.
   */
  default boolean linkUp() {
    return true;
  }

  /**
   * Gives a queue the pool for its received packets. Called once per queue, on the thread that will
   * use it, before the first burst.
   */
  void attach(int queue, MbufPool pool);

  /**
   * Called by the queue's thread when another one is to use the queue from now on: gives back what
   * belongs to the thread itself. Packets stay where they are. A device to which all threads are
   * the same does nothing.
   */
  default void leave(int queue) {}

  /**
   * Called by the thread that uses the queue from now on, after {@link #leave} on another one,
   * which happens before it.
   */
  default void adopt(int queue) {}

  /**
   * Receives packets that have arrived (rte_eth_rx_burst). The caller owns what it gets.
   *
   * @return the number of addresses written to {@code mbufs}, from index 0, 0 to {@code max}
   */
  int receive(int queue, long[] mbufs, int max);

  /**
   * Hands over packets to be sent (rte_eth_tx_burst). The device owns those that it takes, and
   * frees them to the queue's pool once they are sent.
   *
   * @return the number taken, from index 0; fewer than {@code n} if its ring is full
   */
  int transmit(int queue, long[] mbufs, int n);

  /**
   * Registers {@code wakeup}, to be called from any thread when a packet arrives while the queue's
   * thread sleeps; a device without such a signal does nothing, see {@link Capabilities#wakeups()}.
   */
  default void onArrival(int queue, Runnable wakeup) {}

  /**
   * Called by the queue's thread before it sleeps: requests a signal on the next arrival.
   *
   * @return false if packets are already waiting, and the thread must not sleep
   */
  default boolean prepareSleep(int queue) {
    return true;
  }

  /** Called by the queue's thread after it has slept, or decided not to. */
  default void finishSleep(int queue) {}

  /**
   * When the device wants {@link #receive} called even if nothing arrives, because it holds packets
   * back until then. On the queue's thread.
   *
   * @return nanoseconds on the stack's clock, in the past if something is already due; {@link
   *     Long#MAX_VALUE} if nothing is held
   */
  default long nextDeadlineNanos(int queue) {
    return Long.MAX_VALUE;
  }

  /** Packets lost before {@link #receive} saw them: full ring, no buffer, bad frame. */
  default long receiveErrors(int queue) {
    return 0;
  }

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
   * has ended; nothing may be sent or received on the queue afterwards. A device that keeps no
   * packets does nothing.
   */
  default void detach(int queue) {}

  /**
   * Buffers of the queue's pool that the port took when it started and never returns, not even when
   * it is closed: they are freed only with the pool.
   */
  default int keptBuffers(int queue) {
    return 0;
  }

  /** Closes the port. All queues must be detached. */
  @Override
  void close();
}
