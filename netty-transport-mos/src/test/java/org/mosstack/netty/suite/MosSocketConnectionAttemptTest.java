package org.mosstack.netty.suite;

import io.netty.bootstrap.Bootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapFactory;
import io.netty.testsuite.transport.socket.SocketConnectionAttemptTest;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;

/** Netty's test of the same name; the unresponsive host is beyond a TAP device. */
class MosSocketConnectionAttemptTest extends SocketConnectionAttemptTest {
  /**
   * Runs before the class that reads it is loaded: an address that neither kernel nor stack
   * reaches.
   */
  @BeforeAll
  static void nameUnresponsiveHost() {
    KernelLink.get();
    System.setProperty("io.netty.testsuite.badHost", KernelLink.UNRESPONSIVE);
  }

  @Override
  protected List<BootstrapFactory<Bootstrap>> newFactories() {
    return SuiteBootstraps.clientsOfKernel();
  }
}
