package org.mosstack.agent;

import java.util.concurrent.atomic.AtomicReference;

/** What is called for each channel that was made for an application. Any thread. */
public final class Hook {
  private static final AtomicReference<Movers> MOVERS = new AtomicReference<>();

  private Hook() {}

  /**
   * Has channels go through these movers from now on.
   *
   * @return false if there are some already
   */
  static boolean install(Movers movers) {
    return MOVERS.compareAndSet(null, movers);
  }

  /**
   * The channel that takes the place of a new one. Throws nothing: if something goes wrong, the
   * application keeps the channel that it has made.
   *
   * @param channel the new channel, not registered
   * @param maker the bootstrap that made it, or what else there is at that place
   * @return a channel that may be on the stack, or {@code channel} itself
   */
  public static Object channel(Object channel, Object maker) {
    Movers movers = MOVERS.get();
    return movers == null || channel == null ? channel : movers.move(channel, maker);
  }
}
