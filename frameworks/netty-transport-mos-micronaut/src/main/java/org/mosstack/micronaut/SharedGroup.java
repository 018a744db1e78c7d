package org.mosstack.micronaut;

import io.micronaut.context.annotation.BootstrapContextCompatible;
import io.micronaut.context.annotation.Requires;
import io.micronaut.context.env.Environment;
import io.micronaut.core.type.Argument;
import io.micronaut.http.netty.channel.EventLoopGroupConfiguration;
import io.netty.channel.EventLoopGroup;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.mosstack.netty.Mos;
import org.mosstack.netty.MosEventLoopGroup;

/**
 * The application context's one group on the stack that the process shares, which stands for each
 * of Micronaut's event loop groups: they would have the same loops anyway. It ends with the
 * context. Any thread.
 */
@Singleton
@BootstrapContextCompatible
@Requires(property = SharedGroup.ENABLED, value = "true")
public class SharedGroup {
  /** The property of the application's configuration that puts its channels on the stack: true. */
  public static final String ENABLED = "mos.enabled";

  /** What a group's {@code transport} calls this transport. */
  public static final String NAME = "mos";

  private final Environment environment;
  private final EventLoopGroupConfiguration configuration;
  private final MosEventLoopGroup group;

  /**
   * Starts the stack, unless it runs.
   *
   * @param configuration the default group's; null if it isn't configured
   * @throws org.mosstack.config.ConfigException if the stack can't be started, and the kernel
   *     mustn't replace it
   */
  SharedGroup(
      Environment environment,
      @Nullable @Named(EventLoopGroupConfiguration.DEFAULT)
          EventLoopGroupConfiguration configuration) {
    this.environment = environment;
    this.configuration = configuration;
    group = Mos.orKernel(MosEventLoopGroup::new).orElse(null);
  }

  /** The group; empty where the kernel serves instead of the stack, or a configuration says so. */
  Optional<EventLoopGroup> of(@Nullable EventLoopGroupConfiguration configuration) {
    return of(
        configuration == null ? EventLoopGroupConfiguration.DEFAULT : configuration.getName());
  }

  /** The group that has a name; empty likewise. */
  Optional<EventLoopGroup> of(String name) {
    return isOurs(name) ? Optional.ofNullable(group) : Optional.empty();
  }

  /** Micronaut's own default, NIO, isn't a choice: only what the application's own files say. */
  private boolean isOurs(String name) {
    List<String> transports =
        environment
            .getProperty(
                EventLoopGroupConfiguration.EVENT_LOOPS + "." + name + ".transport",
                Argument.listOf(String.class))
            .orElse(List.of(NAME));
    return transports.getFirst().equals(NAME);
  }

  /** Ends the group with the context, within the times that are the default group's. */
  @PreDestroy
  void shutdown() {
    if (group == null) {
      return;
    }
    if (configuration == null) {
      group.shutdownGracefully();
    } else {
      group.shutdownGracefully(
          configuration.getShutdownQuietPeriod().toMillis(),
          configuration.getShutdownTimeout().toMillis(),
          TimeUnit.MILLISECONDS);
    }
  }
}
