package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.WriteBeforeRegisteredTest;
import java.util.List;

/** Netty's test of the same name. */
class MosWriteBeforeRegisteredTest extends WriteBeforeRegisteredTest {
  @Override
  protected List<BootstrapFactory<Bootstrap>> newFactories() {
    return SuiteBootstraps.clients();
  }
}
