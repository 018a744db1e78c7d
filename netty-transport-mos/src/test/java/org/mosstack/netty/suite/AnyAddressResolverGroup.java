package org.mosstack.netty.suite;

import io.netty.resolver.AbstractAddressResolver;
import io.netty.resolver.AddressResolver;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.List;

/** Resolves "any address" to the kernel's end of {@link KernelLink}. */
final class AnyAddressResolverGroup extends AddressResolverGroup<InetSocketAddress> {
  @Override
  protected AddressResolver<InetSocketAddress> newResolver(EventExecutor executor) {
    return new AbstractAddressResolver<>(executor, InetSocketAddress.class) {
      @Override
      protected boolean doIsResolved(InetSocketAddress address) {
        return !address.getAddress().isAnyLocalAddress();
      }

      @Override
      protected void doResolve(InetSocketAddress address, Promise<InetSocketAddress> promise) {
        promise.setSuccess(
            new InetSocketAddress(KernelLink.kernelAddress().getAddress(), address.getPort()));
      }

      @Override
      protected void doResolveAll(
          InetSocketAddress address, Promise<List<InetSocketAddress>> promise) {
        promise.setSuccess(
            List.of(
                new InetSocketAddress(KernelLink.kernelAddress().getAddress(), address.getPort())));
      }
    };
  }
}
