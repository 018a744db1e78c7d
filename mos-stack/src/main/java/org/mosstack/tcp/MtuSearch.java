package org.mosstack.tcp;

/**
 * The search for larger segments on one connection whose path was found to take less than its two
 * ends do. Other connections have none.
 */
final class MtuSearch {
  /** When the next probe may be sent. */
  long raiseNanos;

  /** Whether a segment larger than {@link Tcb#sndMss} is in flight. See {@link MtuProbe}. */
  boolean probing;

  /** MSS that the probe tries; valid with {@link #probing}, as is {@link #probeEnd}. */
  int probeMss;

  int probeEnd;

  /** The least MSS that didn't get through since the search last began; 0 for none. */
  int tooBig;
}
