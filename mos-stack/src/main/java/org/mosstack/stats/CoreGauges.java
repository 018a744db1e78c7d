package org.mosstack.stats;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * One core's gauges. The core's thread sets them at the end of a turn with opaque stores, as a
 * fence each turn would cost for nothing; any thread may read them.
 */
public final class CoreGauges {
  private static final VarHandle VALUES = MethodHandles.arrayElementVarHandle(int[].class);
  private static final int FLOWS = 0;
  private static final int CONNECTIONS = 1;
  private static final int TIMERS = 2;
  private static final int BUFFERS = 3;

  private final int[] values = new int[4];

  /** Creates gauges that are all zero. */
  public CoreGauges() {}

  /**
   * Sets what a turn may have changed. On the core's thread.
   *
   * @param flows connections of any state
   * @param connections those that aren't in TIME_WAIT
   * @param timers armed timers
   */
  public void set(int flows, int connections, int timers) {
    VALUES.setOpaque(values, FLOWS, flows);
    VALUES.setOpaque(values, CONNECTIONS, connections);
    VALUES.setOpaque(values, TIMERS, timers);
  }

  /** Sets the packet buffers in use. On the core's thread. */
  public void setBuffersInUse(int buffers) {
    VALUES.setOpaque(values, BUFFERS, buffers);
  }

  /** Connections of any state. */
  public int flows() {
    return get(FLOWS);
  }

  /** Connections that aren't in TIME_WAIT. */
  public int connections() {
    return get(CONNECTIONS);
  }

  /** Armed timers. */
  public int timers() {
    return get(TIMERS);
  }

  /** Packet buffers in use, as of the last count. */
  public int buffersInUse() {
    return get(BUFFERS);
  }

  private int get(int index) {
    return (int) VALUES.getOpaque(values, index);
  }
}
