package org.mosstack.tcp;

/** A connection's progress with TCP Fast Open (RFC 7413). */
enum FastOpenStep {
  /** Not used, or done with. */
  NONE,
  /** Our SYN asks for a cookie. */
  ASKS,
  /** Our SYN waits for the end of the turn, to carry what is written until then. */
  WAITS_FOR_DATA,
  /** Our SYN was sent with a cookie, and with data if there was any. */
  SENT,
  /** Our SYN with the option got no answer: from here on, it is sent without. */
  FAILED,
  /** Our SYN-ACK gives a cookie. */
  GIVES
}
