package org.mosstack.grpc;

import io.grpc.ManagedChannelBuilder;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;

/**
 * Moves gRPC's Netty builders to the stack that the process shares ({@link
 * org.mosstack.MosStack#shared}).
 *
 * <p>Only code that names {@link NettyServerBuilder} or {@link NettyChannelBuilder} needs it. What
 * {@link ServerBuilder}, {@link ManagedChannelBuilder} and {@link io.grpc.Grpc} make is moved by
 * this jar's presence on the class path.
 *
 * <p>Each server and each channel has a lease on the stack, from when it is built until it has
 * terminated, after its {@code shutdown} or {@code shutdownNow}. With {@code -Dmos.fallback=true},
 * a machine where the stack doesn't start has gRPC's own transport.
 *
 * <p>Safe for use by any thread.
 */
public final class MosGrpc {
  private MosGrpc() {}

  /**
   * Moves a server to the stack.
   *
   * @param builder with all that needs its type: {@code
   *     MosGrpc.server(NettyServerBuilder.forAddress(address).maxConcurrentCallsPerConnection(100))}
   * @return a builder that goes on with it; its {@code build} throws {@link
   *     org.mosstack.config.ConfigException} if the stack can't be started
   */
  public static ServerBuilder<?> server(NettyServerBuilder builder) {
    return new MosServerBuilder(builder);
  }

  /**
   * Moves a channel to the stack.
   *
   * @param builder with all that needs its type: {@code
   *     MosGrpc.channel(NettyChannelBuilder.forTarget(target).flowControlWindow(1 << 20))}
   * @return a builder that goes on with it; its {@code build} throws {@link
   *     org.mosstack.config.ConfigException} if the stack can't be started
   */
  public static ManagedChannelBuilder<?> channel(NettyChannelBuilder builder) {
    return new MosChannelBuilder(builder);
  }
}
