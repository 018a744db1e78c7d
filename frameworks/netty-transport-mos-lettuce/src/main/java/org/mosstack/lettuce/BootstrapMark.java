package org.mosstack.lettuce;

import io.lettuce.core.resource.NettyCustomizer;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * Has each channel know the bootstrap that it is from. Lettuce gives a bootstrap the class of its
 * channels, which can't be changed later; so {@link StackLoops} replaces the channels, and needs to
 * know what they were to have.
 */
final class BootstrapMark implements NettyCustomizer {
  /** A channel's bootstrap. */
  static final AttributeKey<Bootstrap> KEY = AttributeKey.valueOf(BootstrapMark.class, "bootstrap");

  private final NettyCustomizer next;

  /** A customizer in front of another one. */
  BootstrapMark(NettyCustomizer next) {
    this.next = next;
  }

  @Override
  public void afterBootstrapInitialized(Bootstrap bootstrap) {
    bootstrap.attr(KEY, bootstrap);
    next.afterBootstrapInitialized(bootstrap);
  }

  @Override
  public void afterChannelInitialized(Channel channel) {
    next.afterChannelInitialized(channel);
  }
}
