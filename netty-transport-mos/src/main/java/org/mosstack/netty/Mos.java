package org.mosstack.netty;

import org.mosstack.MosStack;

/** Tells whether this transport can be used in this JVM. */
public final class Mos {
  private static final Throwable UNAVAILABILITY_CAUSE = MosStack.unavailabilityCause();

  private Mos() {}

  /** Whether the transport can be used. */
  public static boolean isAvailable() {
    return UNAVAILABILITY_CAUSE == null;
  }

  /**
   * Why the transport can't be used.
   *
   * @return null when it can
   */
  public static Throwable unavailabilityCause() {
    return UNAVAILABILITY_CAUSE;
  }

  /**
   * Throws when the transport can't be used.
   *
   * @throws UnsatisfiedLinkError with the cause
   */
  public static void ensureAvailability() {
    if (UNAVAILABILITY_CAUSE != null) {
      throw (Error)
          new UnsatisfiedLinkError("The mos transport isn't available")
              .initCause(UNAVAILABILITY_CAUSE);
    }
  }
}
