package org.mosstack.sim;

/** Notified of each packet on a {@link SimLink}. */
interface WireWatcher {
  /** Called when a stack has sent it, before anything happens to it. */
  void sent(int direction, FrameView frame);

  /**
   * Called with the fate of the last packet sent.
   *
   * @param isLost whether it doesn't arrive in an acceptable form
   */
  void fate(String what, boolean isLost);
}
