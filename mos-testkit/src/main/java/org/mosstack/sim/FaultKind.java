package org.mosstack.sim;

/** What a {@link SimLink}, or an attacker on it, does to a connection. */
enum FaultKind {
  /** Lost by chance. */
  LOSS,
  /** Lost in a burst. */
  BURST,
  /** Lost as every n-th packet. */
  NTH,
  /** Lost because it matches the target. */
  TARGET,
  /** Duplicated. */
  DUPLICATE,
  /** A byte was changed. */
  CORRUPT,
  /** Delayed behind later ones. */
  REORDER,
  /** Its sender claims what isn't true. */
  FALSE_CLAIM,
  /** The link was down, or carried nothing. */
  OUTAGE,
  /** Somebody who can't see the connection sent a segment in the peer's name. */
  FORGERY,
  /** Lost to a full queue, due to the sender. */
  OVERFLOW,
  /** Marked as having experienced congestion, due to the sender. */
  MARK
}
