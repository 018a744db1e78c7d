package org.mosstack.netty;

import java.util.Optional;
import java.util.function.Supplier;
import org.mosstack.MosStack;

/** Tells whether this transport can be used in this JVM, and on this machine. */
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

  /**
   * Starts something on the stack that the process shares, or nothing: with {@code
   * -Dmos.fallback=true}, a machine that lacks what the stack needs is one to serve by the kernel.
   * The reason is logged in one line.
   *
   * @param start what throws if that stack doesn't start, as {@link org.mosstack.StackLease#take}
   *     does
   * @param <T> what it makes
   * @return that; empty if the stack doesn't start, and the kernel may replace it
   * @throws org.mosstack.config.ConfigException if the stack doesn't start, and may not be
   *     replaced; or the property is neither true nor false
   * @throws IllegalStateException likewise, if a thread can't be created
   * @throws UnsatisfiedLinkError likewise, where the transport isn't {@linkplain #isAvailable()
   *     available}
   */
  public static <T> Optional<T> orKernel(Supplier<T> start) {
    return Optional.ofNullable(KernelFallback.started(start));
  }
}
