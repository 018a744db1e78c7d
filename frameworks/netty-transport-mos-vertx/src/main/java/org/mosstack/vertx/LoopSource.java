package org.mosstack.vertx;

import io.netty.channel.EventLoopGroup;
import java.util.concurrent.ThreadFactory;

/** Where a {@link StackTransport} has its loops from. Any thread. */
interface LoopSource {
  /**
   * Whether there are any.
   *
   * @throws org.mosstack.config.ConfigException if a stack that must be started can't be
   */
  boolean isAvailable();

  /** Why there are none; null if there are. */
  Throwable unavailabilityCause();

  /** Makes a group with a loop for each of the stack's cores, which ends its part of the stack. */
  EventLoopGroup newGroup(ThreadFactory threads);
}
