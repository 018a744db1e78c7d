package org.mosstack.grpc;

import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.ServerProvider;
import io.grpc.netty.NettyServerBuilder;

/** What gRPC has its servers from, as long as this is on the class path. Made by gRPC. */
public final class MosServerProvider extends ServerProvider {
  /** Creates a provider, which has no state. */
  public MosServerProvider() {}

  /** Returns true: where the stack isn't available, {@code build} says why. */
  @Override
  protected boolean isAvailable() {
    return true;
  }

  /** Returns a number above that of gRPC's own, 5. */
  @Override
  protected int priority() {
    return MosChannelProvider.PRIORITY;
  }

  @Override
  protected ServerBuilder<?> builderForPort(int port) {
    return MosGrpc.server(NettyServerBuilder.forPort(port));
  }

  @Override
  protected NewServerBuilderResult newServerBuilderForPort(
      int port, ServerCredentials credentials) {
    try {
      return NewServerBuilderResult.serverBuilder(
          MosGrpc.server(NettyServerBuilder.forPort(port, credentials)));
    } catch (IllegalArgumentException e) { // credentials of a kind that Netty's servers don't know
      return NewServerBuilderResult.error(e.getMessage());
    }
  }
}
