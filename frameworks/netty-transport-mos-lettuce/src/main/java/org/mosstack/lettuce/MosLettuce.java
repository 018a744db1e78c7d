package org.mosstack.lettuce;

import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.NettyCustomizer;

/**
 * Runs Lettuce's clients over the stack that the process shares ({@link
 * org.mosstack.MosStack#shared}): {@code RedisClient.create(MosLettuce.resources(), uri)}, and
 * likewise {@code RedisClusterClient}.
 *
 * <p>The clients of one {@link ClientResources} have an event loop group in common: it is made with
 * the first connection, and shut down with the last client. TCP goes through the stack, with or
 * without TLS; domain sockets stay with the kernel, on Lettuce's own loops, and so does DNS, by
 * NIO. With {@code -Dmos.fallback=true}, a machine where the stack doesn't start has Lettuce's own
 * transport.
 *
 * <p>Safe for use by any thread.
 */
public final class MosLettuce {
  private MosLettuce() {}

  /**
   * Creates resources with Lettuce's defaults. As with all that are given to a client, they aren't
   * shut down with it, but by the caller, after the clients.
   */
  public static ClientResources resources() {
    return configure(DefaultClientResources.builder()).build();
  }

  /**
   * Sets what moves clients to the stack: the provider of event loops, the customizer of Netty and
   * the resolver of addresses. Everything else is the caller's to set, before or after. For a
   * customizer there is {@link #configure(ClientResources.Builder, NettyCustomizer)}.
   *
   * @return the builder
   */
  public static ClientResources.Builder configure(ClientResources.Builder builder) {
    return configure(builder, DefaultClientResources.DEFAULT_NETTY_CUSTOMIZER);
  }

  /**
   * Like {@link #configure(ClientResources.Builder)}, with a customizer of the caller's: of what it
   * sets, options, attributes and the handler reach the stack's channels.
   *
   * @return the builder
   */
  public static ClientResources.Builder configure(
      ClientResources.Builder builder, NettyCustomizer customizer) {
    return builder
        .eventLoopGroupProvider(new StackLoopsProvider(DefaultClientResources.DEFAULT_IO_THREADS))
        .nettyCustomizer(new BootstrapMark(customizer))
        .addressResolverGroup(new LoopResolverGroup());
  }
}
