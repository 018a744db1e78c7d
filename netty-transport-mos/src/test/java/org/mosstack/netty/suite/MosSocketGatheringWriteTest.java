package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketGatheringWriteTest;
import java.util.List;

/** Netty's test of the same name. */
class MosSocketGatheringWriteTest extends SocketGatheringWriteTest {
  @Override
  protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
    return SuiteBootstraps.sockets();
  }
}
