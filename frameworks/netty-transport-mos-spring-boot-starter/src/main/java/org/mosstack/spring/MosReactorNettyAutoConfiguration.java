package org.mosstack.spring;

import org.mosstack.config.ConfigException;
import org.mosstack.reactor.MosLoopResources;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.http.client.ReactorClientHttpRequestFactoryBuilder;
import org.springframework.boot.http.client.autoconfigure.ClientHttpRequestFactoryBuilderCustomizer;
import org.springframework.boot.reactor.netty.autoconfigure.NettyReactiveWebServerAutoConfiguration;
import org.springframework.boot.reactor.netty.autoconfigure.ReactorNettyProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.http.client.ReactorResourceFactory;
import reactor.netty.resources.LoopResources;

/**
 * With {@code mos.enabled=true}, gives Spring's Reactor Netty servers and clients the loops of the
 * stack that the process shares: all that have the context's {@link ReactorResourceFactory}. An
 * application with one of its own keeps that.
 */
@AutoConfiguration(
    before = NettyReactiveWebServerAutoConfiguration.class,
    beforeName = {
      "org.springframework.boot.http.client.autoconfigure.reactive.ReactiveHttpClientAutoConfiguration",
      "org.springframework.boot.rsocket.autoconfigure.RSocketServerAutoConfiguration"
    })
@ConditionalOnBooleanProperty(MosProperties.ENABLED)
@EnableConfigurationProperties(ReactorNettyProperties.class)
public final class MosReactorNettyAutoConfiguration {
  /** Created by Spring. */
  public MosReactorNettyAutoConfiguration() {}

  @Bean
  @ConditionalOnMissingBean
  ReactorResourceFactory reactorResourceFactory(ReactorNettyProperties properties) {
    ReactorResourceFactory factory = new ReactorResourceFactory();
    factory.setUseGlobalResources(false);
    factory.setLoopResourcesSupplier(MosReactorNettyAutoConfiguration::start);
    if (properties.getShutdownQuietPeriod() != null) {
      factory.setShutdownQuietPeriod(properties.getShutdownQuietPeriod());
    }
    return factory;
  }

  private static LoopResources start() {
    try {
      return new MosLoopResources();
    } catch (ConfigException | UnsatisfiedLinkError e) {
      throw new StackStartException(e);
    }
  }

  /** Clients that wait for an answer, where they are Reactor Netty's. */
  @Configuration(proxyBeanMethods = false)
  @ConditionalOnClass(ClientHttpRequestFactoryBuilderCustomizer.class)
  static class Imperative {
    /** As Spring Boot's own, which is for WebClient: an application's come later. */
    @Bean
    @Order(0)
    ClientHttpRequestFactoryBuilderCustomizer<ReactorClientHttpRequestFactoryBuilder>
        mosClientHttpRequestFactoryBuilderCustomizer(ReactorResourceFactory factory) {
      return builder -> builder.withReactorResourceFactory(factory);
    }
  }
}
