package org.mosstack.grpc;

import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannelBuilder;
import io.grpc.ManagedChannelProvider;
import io.grpc.NameResolverProvider;
import io.grpc.NameResolverRegistry;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyChannelProvider;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.Collection;
import java.util.Set;

/**
 * What gRPC has its channels from, as long as this is on the class path: those to domain sockets
 * aren't among them, and xDS's targets are left to gRPC's own transport. Made by gRPC.
 */
public final class MosChannelProvider extends ManagedChannelProvider {
  /** Above that of gRPC's own, 5. */
  static final int PRIORITY = 8;

  /** What xDS's targets begin with, and those that are xDS's by another name. */
  private static final Set<String> XDS = Set.of("xds:", "google-c2p:");

  private final NettyChannelProvider netty = new NettyChannelProvider();

  /** Creates a provider. */
  public MosChannelProvider() {}

  /** Returns true: where the stack isn't available, {@code build} says why. */
  @Override
  protected boolean isAvailable() {
    return true;
  }

  @Override
  protected int priority() {
    return PRIORITY;
  }

  @Override
  protected ManagedChannelBuilder<?> builderForAddress(String name, int port) {
    return MosGrpc.channel(netty.builderForAddress(name, port));
  }

  @Override
  protected ManagedChannelBuilder<?> builderForTarget(String target) {
    NettyChannelBuilder builder = netty.builderForTarget(target);
    return isXds(target) ? builder : MosGrpc.channel(builder);
  }

  @Override
  protected NewChannelBuilderResult newChannelBuilder(
      String target, ChannelCredentials credentials) {
    return moved(target, netty.newChannelBuilder(target, credentials));
  }

  @Override
  protected NewChannelBuilderResult newChannelBuilder(
      String target,
      ChannelCredentials credentials,
      NameResolverRegistry resolvers,
      NameResolverProvider resolver) {
    return moved(target, netty.newChannelBuilder(target, credentials, resolvers, resolver));
  }

  private static NewChannelBuilderResult moved(String target, NewChannelBuilderResult made) {
    return made.getChannelBuilder() instanceof NettyChannelBuilder builder && !isXds(target)
        ? NewChannelBuilderResult.channelBuilder(MosGrpc.channel(builder))
        : made;
  }

  private static boolean isXds(String target) {
    return XDS.stream().anyMatch(target::startsWith);
  }

  @Override
  protected Collection<Class<? extends SocketAddress>> getSupportedSocketAddressTypes() {
    return Set.of(InetSocketAddress.class);
  }
}
