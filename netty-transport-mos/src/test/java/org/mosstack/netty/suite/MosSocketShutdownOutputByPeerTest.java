package org.mosstack.netty.suite;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketShutdownOutputByPeerTest;
import java.net.SocketAddress;
import java.util.List;

/** Netty's test of the same name; the peer is a kernel socket. */
class MosSocketShutdownOutputByPeerTest extends SocketShutdownOutputByPeerTest {
  @Override
  protected List<BootstrapFactory<ServerBootstrap>> newFactories() {
    return SuiteBootstraps.serversOfKernel();
  }

  @Override
  protected SocketAddress newSocketAddress() {
    return KernelLink.stackAddress();
  }
}
