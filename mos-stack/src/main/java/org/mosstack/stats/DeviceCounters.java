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
  private static final int RX_ERRORS = 2;
  private static final int TX_PACKETS = 3;
  private static final int TX_BYTES = 4;

  private final long[] values = new long[5];

  /** All at zero. */
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

  /** Sets the device's count of receive errors. On the core's thread. */
  public void receiveErrors(long total) {
    values[RX_ERRORS] = total;
  }

  /** Packets received. */
  public long rxPackets() {
    return get(RX_PACKETS);
  }

  /** Bytes received, Ethernet headers included. */
  public long rxBytes() {
    return get(RX_BYTES);
  }

  /** Packets lost in the device before the stack saw them. */
  public long rxErrors() {
    return get(RX_ERRORS);
  }

  /** Packets sent. */
  public long txPackets() {
    return get(TX_PACKETS);
  }

  /** Bytes sent, Ethernet headers included. */
  public long txBytes() {
    return get(TX_BYTES);
  }

  private long get(int index) {
    return (long) VALUES.getOpaque(values, index);
  }
}
