package org.mosstack.netty;

/** What an event loop does when no packet, timer or task is pending. */
public enum IdleStrategy {
  /**
   * Spins forever. The lowest latency, at the price of a whole CPU per loop; for loops that have a
   * CPU of their own.
   */
  BUSY,

  /**
   * Spins for some microseconds, yields the CPU a few times, then sleeps until the next deadline,
   * task or packet. Loops that have to share CPUs don't spin. Packets on DPDK ports don't wake a
   * loop: it polls for them every 50 microseconds, and every 500 when none has arrived for some
   * milliseconds. The default.
   */
  ADAPTIVE
}
