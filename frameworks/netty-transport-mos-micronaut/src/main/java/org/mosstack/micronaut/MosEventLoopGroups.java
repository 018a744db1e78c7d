package org.mosstack.micronaut;

import io.micronaut.context.BeanLocator;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.EachBean;
import io.micronaut.context.annotation.Factory;
import io.micronaut.context.annotation.Primary;
import io.micronaut.context.annotation.Replaces;
import io.micronaut.context.annotation.Requires;
import io.micronaut.http.netty.channel.DefaultEventLoopGroupRegistry;
import io.micronaut.http.netty.channel.EventLoopGroupConfiguration;
import io.micronaut.http.netty.channel.EventLoopGroupFactory;
import io.micronaut.http.netty.channel.NettyThreadFactory;
import io.micronaut.http.netty.channel.TaskQueueInterceptor;
import io.micronaut.http.netty.channel.loom.LoomCarrierGroup;
import io.netty.channel.EventLoopGroup;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadFactory;

/**
 * Micronaut's event loop groups, on the stack that the process shares; those that it doesn't have
 * are Micronaut's own.
 */
@Factory
@Primary
@BootstrapContextCompatible
@Requires(property = SharedGroup.ENABLED, value = "true")
class MosEventLoopGroups extends DefaultEventLoopGroupRegistry {
  /** The server's group for its server channels, if nobody configures one. */
  private static final String ACCEPTORS = "parent";

  private final SharedGroup shared;

  MosEventLoopGroups(
      SharedGroup shared,
      EventLoopGroupFactory transports,
      BeanLocator beans,
      BeanProvider<LoomCarrierGroup.Factory> carriers,
      List<TaskQueueInterceptor> interceptors) {
    super(transports, beans, carriers, interceptors);
    this.shared = shared;
  }

  @Override
  @EachBean(EventLoopGroupConfiguration.class)
  @BootstrapContextCompatible
  @Replaces(value = EventLoopGroup.class, factory = DefaultEventLoopGroupRegistry.class)
  protected EventLoopGroup eventLoopGroup(EventLoopGroupConfiguration configuration) {
    return shared.of(configuration).orElseGet(() -> super.eventLoopGroup(configuration));
  }

  @Override
  @Singleton
  @Requires(missingProperty = EventLoopGroupConfiguration.DEFAULT_LOOP)
  @Primary
  @BootstrapContextCompatible
  @Bean(typed = EventLoopGroup.class)
  @Replaces(value = EventLoopGroup.class, factory = DefaultEventLoopGroupRegistry.class)
  protected EventLoopGroup defaultEventLoopGroup(
      @Named(NettyThreadFactory.NAME) ThreadFactory threads) {
    return shared
        .of(EventLoopGroupConfiguration.DEFAULT)
        .orElseGet(() -> super.defaultEventLoopGroup(threads));
  }

  /**
   * Gives the server the same loops for its server channels, where Micronaut would make a group for
   * them: one {@code bind} listens on every core anyway.
   */
  @Override
  public Optional<EventLoopGroup> getEventLoopGroup(String name) {
    Optional<EventLoopGroup> configured = super.getEventLoopGroup(name);
    return configured.isEmpty() && name.equals(ACCEPTORS)
        ? shared.of(EventLoopGroupConfiguration.DEFAULT)
        : configured;
  }
}
