package org.mosstack.sim;

/** What a {@link SimLink}, or somebody on it, does to a connection. */
enum FaultKind {
  /** Lost by chance. */
  LOSS,
  /** Lost in a burst. */
  BURST,
  /** Lost as the n-th. */
  NTH,
  /** Lost because of what it is. */
  TARGET,
  /** Came twice. */
  DUPLICATE,
  /** A byte was changed. */
  CORRUPT,
  /** Held back behind later ones. */
  REORDER,
  /** Its sender lied. */
  LIE,
  /** The link was down, or carried nothing. */
  OUTAGE,
  /** Somebody who sees nothing of the connection sent a segment in the peer's name. */
  FORGERY,
  /** Lost in front of a full queue: the sender's doing. */
  OVERFLOW,
  /** Marked as having met congestion: the sender's doing. */
  MARK
}
