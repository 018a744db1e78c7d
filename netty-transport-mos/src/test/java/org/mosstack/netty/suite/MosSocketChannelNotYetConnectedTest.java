package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketChannelNotYetConnectedTest;
import java.net.SocketAddress;
import java.util.List;

/** Netty's test of the same name; the peer is a kernel socket. */
class MosSocketChannelNotYetConnectedTest extends SocketChannelNotYetConnectedTest {
  /** The server is bound to any address: the client connects to the kernel's end of the link. */
  @Override
  protected List<BootstrapFactory<Bootstrap>> newFactories() {
    return SuiteBootstraps.clientsOfKernel().stream()
        .map(
            factory ->
                (BootstrapFactory<Bootstrap>)
                    () -> factory.newInstance().resolver(new AnyAddressResolverGroup()))
        .toList();
  }

  @Override
  protected SocketAddress newSocketAddress() {
    return KernelLink.stackAddress();
  }
}
