package org.mosstack.lettuce;

import io.lettuce.core.resource.DefaultClientResources;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.ResolvedAddressTypes;
import io.netty.resolver.dns.DefaultDnsCache;
import io.netty.resolver.dns.DefaultDnsCnameCache;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.EventExecutor;
import java.net.SocketAddress;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosSocketChannel;

/**
 * Resolves names on a connection's own loop: on the stack's, by channels that these can have, and
 * to addresses that the stack knows, if there are any; on others, as Lettuce does.
 */
final class LoopResolverGroup extends AddressResolverGroup<SocketAddress> {
  private final DnsAddressResolverGroup stack =
      new DnsAddressResolverGroup(
          new DnsNameResolverBuilder()
              .datagramChannelType(NioDatagramChannel.class)
              .socketChannelType(MosSocketChannel.class)
              .resolvedAddressTypes(ResolvedAddressTypes.IPV4_PREFERRED)
              .cnameCache(new DefaultDnsCnameCache())
              .resolveCache(new DefaultDnsCache()));

  @SuppressWarnings("unchecked") // any resolver says itself which addresses it takes
  @Override
  protected AddressResolver<SocketAddress> newResolver(EventExecutor executor) {
    AddressResolverGroup<?> group =
        executor instanceof EventLoop loop && loop.parent() instanceof MosEventLoopGroup
            ? stack
            : DefaultClientResources.DEFAULT_ADDRESS_RESOLVER_GROUP;
    return (AddressResolver<SocketAddress>) group.getResolver(executor);
  }
}
