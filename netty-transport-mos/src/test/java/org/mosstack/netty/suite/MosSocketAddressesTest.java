package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketAddressesTest;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;

/** Netty's test of the same name. */
class MosSocketAddressesTest extends SocketAddressesTest {
  @Override
  protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
    return SuiteBootstraps.sockets();
  }

  @Override
  protected void assertAddress(SocketAddress address) {
    InetSocketAddress inet = assertInstanceOf(InetSocketAddress.class, address);
    assertEquals("127.0.0.1", inet.getAddress().getHostAddress());
    assertTrue(inet.getPort() > 0, inet.toString());
  }
}
