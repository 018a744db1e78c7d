package org.mosstack.mbuf;

/**
 * Packet buffers are no longer what the bookkeeping says, as when one was freed twice: whatever the
 * core does next could send or hand out another connection's bytes. Fatal for the core that meets
 * it; the others go on.
 */
public final class BufferCorruptionError extends Error {
  private static final long serialVersionUID = 1L;

  /**
   * Makes one.
   *
   * @param message what was found, in one line
   */
  public BufferCorruptionError(String message) {
    super(message);
  }
}
