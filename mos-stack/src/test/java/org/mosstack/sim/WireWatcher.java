package org.mosstack.sim;

/** Told of each packet on a {@link SimLink}. */
interface WireWatcher {
  /** A stack has sent it, and nothing has happened to it yet. */
  void sent(int direction, FrameView frame);

  /**
   * What happened to the packet that was sent last.
   *
   * @param isLost whether it doesn't arrive, or not as a packet that is accepted
   */
  void fate(String what, boolean isLost);
}
