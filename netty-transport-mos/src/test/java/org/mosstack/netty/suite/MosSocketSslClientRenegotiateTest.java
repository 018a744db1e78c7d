package org.mosstack.netty.suite;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.handler.ssl.SslContext;
import io.netty.testsuite.transport.TestsuitePermutation.BootstrapComboFactory;
import io.netty.testsuite.transport.socket.SocketSslClientRenegotiateTest;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Netty's test of the same name. Netty skips it if the native library is BoringSSL, which never
 * renegotiates: there, the attempt must fail with a different error from the one Netty expects.
 */
class MosSocketSslClientRenegotiateTest extends SocketSslClientRenegotiateTest {
  @Override
  protected List<BootstrapComboFactory<ServerBootstrap, Bootstrap>> newFactories() {
    return SuiteBootstraps.sockets();
  }

  @ParameterizedTest(name = "{index}: {0}, {1}, delegate = {2}")
  @MethodSource("data")
  @Timeout(value = 30, unit = TimeUnit.SECONDS)
  @Override
  public void testSslRenegotiationRejected(
      SslContext server, SslContext client, boolean delegate, TestInfo testInfo) throws Throwable {
    run(
        testInfo,
        (serverBootstrap, clientBootstrap) -> {
          SSLException rejection =
              assertThrows(
                  SSLException.class,
                  () ->
                      testSslRenegotiationRejected(
                          serverBootstrap, clientBootstrap, server, client, delegate));
          assertTrue(rejection.getMessage().contains("NO_RENEGOTIATION"), rejection::toString);
        });
  }
}
