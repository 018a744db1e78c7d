package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketCloseForciblyTest;
import java.util.List;

/** Netty's test of the same name. */
class MosSocketCloseForciblyTest extends SocketCloseForciblyTest {
  @Override
  protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
    return SuiteBootstraps.sockets();
  }
}
