package org.mosstack.tcp;

/**
 * The search for larger segments of one connection whose path was found to take less than its two
 * ends do. Others have none.
 */
final class MtuSearch {
  /** When the next probe may be sent. */
  long raiseNanos;

  /** A segment larger than {@link Tcb#sndMss} is in flight. See {@link MtuProbe}. */
  boolean probing;

  /** MSS that it tries; valid with {@link #probing}, as is {@link #probeEnd}. */
  int probeMss;

  int probeEnd;

  /** The least MSS that didn't get through since the search began anew; 0 for none. */
  int tooBig;
}
