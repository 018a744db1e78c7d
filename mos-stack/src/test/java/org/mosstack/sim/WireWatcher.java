package org.mosstack.sim;

/** Told of each packet on a {@link SimLink}. */
interface WireWatcher {
  /** A stack has sent it, and nothing has happened to it yet. */
  void sent(int direction, FrameView frame);

  /** What happened to the packet that was sent last. */
  void fate(String what);
}
