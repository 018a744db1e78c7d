package org.mosstack.spring;

import org.jspecify.annotations.Nullable;

/**
 * An application's properties that begin with {@code mos}.
 *
 * @param enabled whether Reactor Netty runs over the stack
 * @param conf the stack's configuration file; null for what the process has without
 * @param fallback whether the kernel has what the stack can't have; null for no
 */
record MosProperties(boolean enabled, @Nullable String conf, @Nullable Boolean fallback) {
  /** What they begin with. */
  static final String PREFIX = "mos";

  /** The whole name of {@link #enabled}. */
  static final String ENABLED = PREFIX + ".enabled";

  /** None given. */
  static final MosProperties NONE = new MosProperties(false, null, null);
}
