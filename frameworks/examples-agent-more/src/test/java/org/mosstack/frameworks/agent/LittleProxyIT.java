package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.littleshoot.proxy.HttpProxyServer;
import org.littleshoot.proxy.impl.DefaultHttpProxyServer;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.http.client.HttpClient;
import reactor.netty.transport.ProxyProvider;

/** LittleProxy between a client and a server: as a proxy of HTTP, and of tunnels by CONNECT. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LittleProxyIT {
  private static final int REQUESTS = 2000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private static HttpClient client(HttpProxyServer proxy, boolean secure) throws Exception {
    InetSocketAddress address = proxy.getListenAddress();
    HttpClient client =
        HttpClient.create()
            .proxy(spec -> spec.type(ProxyProvider.Proxy.HTTP).socketAddress(address));
    if (!secure) {
      return client;
    }
    SslContext tls =
        SslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
    return client.secure(spec -> spec.sslContext(tls));
  }

  private static void put(HttpClient client, String url, byte[] body) {
    client.put().uri(url).send(ByteBufFlux.fromInbound(Mono.just(body))).response().block(LIMIT);
  }

  private static Mono<byte[]> get(HttpClient client, String url) {
    return client.get().uri(url).responseContent().aggregate().asByteArray();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void requestsThroughTheProxy(boolean secure) throws Exception {
    try (ObjectServer server = new ObjectServer(secure)) {
      HttpProxyServer proxy =
          DefaultHttpProxyServer.bootstrap()
              .withAddress(new InetSocketAddress("127.0.0.1", 0))
              .start();
      HttpClient client = client(proxy, secure);
      String url = server.url();
      byte[] small = {1, 2, 3};
      put(client, url + "/small", small);
      long answered =
          Flux.range(0, REQUESTS)
              .flatMap(_ -> get(client, url + "/small"), AT_A_TIME)
              .filter(bytes -> bytes.length == small.length)
              .count()
              .block(LIMIT);
      assertEquals(REQUESTS, answered);
      byte[] large = new byte[LARGE];
      new Random(1).nextBytes(large);
      put(client, url + "/large", large);
      assertArrayEquals(large, get(client, url + "/large").block(LIMIT));
      Mono<byte[]> silent = get(client, url + ObjectServer.SILENT);
      assertThrows(IllegalStateException.class, () -> silent.block(Duration.ofMillis(100)));
      assertArrayEquals(small, get(client, url + "/small").block(LIMIT));
      proxy.abort();
    }
  }
}
