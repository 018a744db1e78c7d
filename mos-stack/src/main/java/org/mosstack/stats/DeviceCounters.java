package org.mosstack.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * What one core sent and received on one device. Written by the core's thread with plain stores,
 * read by any thread.
 */
public final class DeviceCounters {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int RX_PACKETS = 0;
  private static final int RX_BYTES = 1;
  private static final int RX_MISSED = 2;
  private static final int RX_NO_MBUF = 3;
  private static final int RX_BAD = 4;
  private static final int TX_PACKETS = 5;
  private static final int TX_BYTES = 6;

  private final long[] values = new long[7];

  /** Creates counters that are all zero. */
  public DeviceCounters() {}

  /** Counts received packets. On the core's thread. */
  public void received(int packets, long bytes) {
    values[RX_PACKETS] += packets;
    values[RX_BYTES] += bytes;
  }

  /** Counts sent packets. On the core's thread. */
  public void sent(int packets, long bytes) {
    values[TX_PACKETS] += packets;
    values[TX_BYTES] += bytes;
  }

  /**
   * Sets the device's counts of receive errors. On the core's thread.
   *
   * @param missed packets that found a ring full
   * @param noMbuf packets for which there was no buffer
   * @param bad all others: frames that were damaged, or that the device didn't understand
   */
  public void receiveErrors(long missed, long noMbuf, long bad) {
    values[RX_MISSED] = missed;
    values[RX_NO_MBUF] = noMbuf;
    values[RX_BAD] = bad;
  }

  /** Packets received. */
  public long rxPackets() {
    return get(RX_PACKETS);
  }

  /** Bytes received, including Ethernet headers. */
  public long rxBytes() {
    return get(RX_BYTES);
  }

  /**
   * Packets lost in the device before the stack saw them, for any of the following three reasons.
   */
  public long rxErrors() {
    return rxMissed() + rxNoMbuf() + rxBad();
  }

  /** Packets that found a ring full: the core was too slow (DPDK's imissed). */
  public long rxMissed() {
    return get(RX_MISSED);
  }

  /** Packets for which there was no buffer: the pool was empty (DPDK's rx_nombuf). */
  public long rxNoMbuf() {
    return get(RX_NO_MBUF);
  }

  /** Frames that were damaged, or that the device didn't understand (DPDK's ierrors). */
  public long rxBad() {
    return get(RX_BAD);
  }

  /** Packets sent. */
  public long txPackets() {
    return get(TX_PACKETS);
  }

  /** Bytes sent, including Ethernet headers. */
  public long txBytes() {
    return get(TX_BYTES);
  }

  private long get(int index) {
    return (long) VALUES.getOpaque(values, index);
  }
}
