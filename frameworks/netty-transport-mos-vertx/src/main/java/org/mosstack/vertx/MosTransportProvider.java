package org.mosstack.vertx;

import io.vertx.core.internal.VertxBootstrap;
import io.vertx.core.spi.VertxServiceProvider;
import io.vertx.core.transport.Transport;

/**
 * Gives a {@link MosTransport} on the shared stack to a Vert.x whose options prefer a native
 * transport ({@code VertxOptions.setPreferNativeTransport}), and that isn't given one. Vert.x finds
 * this class by itself.
 */
public final class MosTransportProvider implements VertxServiceProvider {
  /** Created by Vert.x. */
  public MosTransportProvider() {}

  /**
   * Replaces the native transport that Vert.x would use.
   *
   * @throws org.mosstack.config.ConfigException if the stack can't be started, and the kernel
   *     mustn't replace it
   */
  @Override
  public void init(VertxBootstrap bootstrap) {
    if (!bootstrap.options().getPreferNativeTransport() || isGiven(bootstrap)) {
      return;
    }
    MosTransport transport = new MosTransport();
    if (transport.available()) {
      bootstrap.transport(transport.implementation());
    }
  }

  /** Whether it isn't the one that Vert.x chooses. */
  private static boolean isGiven(VertxBootstrap bootstrap) {
    Transport chosen = Transport.nativeTransport();
    return bootstrap.transport() != (chosen == null ? Transport.NIO : chosen).implementation();
  }
}
