package org.mosstack.tcp;

/** How far a connection has come with TCP Fast Open (RFC 7413). */
enum FastOpenStep {
  /** It isn't used, or done with. */
  NONE,
  /** Our SYN asks for a cookie. */
  ASKS,
  /** Our SYN waits for the end of the turn, to take along what is written. */
  WAITS_FOR_DATA,
  /** Our SYN has gone out with a cookie, and with data if there was any. */
  SENT,
  /** Our SYN with the option got no answer: it is sent without from here on. */
  FAILED,
  /** Our SYN and ACK gives a cookie. */
  GIVES
}
