package org.mosstack.netty;

/** What an event loop does when no packet, timer or task waits. */
public enum IdleStrategy {
  /**
   * Spins for ever. The shortest reaction time, at the price of a whole CPU for each loop; for
   * loops that have a CPU of their own.
   */
  BUSY,

  /**
   * Spins for some microseconds, yields the CPU a few times, then sleeps until the next deadline,
   * task or packet. Loops that have to share CPUs don't spin. Packets of DPDK's ports don't wake a
   * loop: it looks for them every 50 microseconds, and every 500 when none has come for some
   * milliseconds. The default.
   */
  ADAPTIVE
}
