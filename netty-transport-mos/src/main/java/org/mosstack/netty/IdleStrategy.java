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
   * task or packet. Loops that have to share CPUs don't spin. The default.
   */
  ADAPTIVE
}
