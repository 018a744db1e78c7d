package org.mosstack.mbuf;

/**
 * Thrown when packet buffers no longer match the bookkeeping, for instance when one was freed
 * twice: whatever the core does next could send or hand out another connection's bytes. Fatal for
 * the core that encounters it; the others go on.
 */
public final class BufferCorruptionError extends Error {
  private static final long serialVersionUID = 1L;

  /**
   * Creates an error.
   *
   * @param message what was found, in one line
   */
  public BufferCorruptionError(String message) {
    super(message);
  }
}
