package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Mono;
import reactor.netty.ByteBufFlux;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;

/** Reactor Netty with loops of its own, which makes its channels without a bootstrap. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReactorNettyIT {
  private static final int REQUESTS = 3000;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  /** Sends back what is posted; never answers {@code /silent}. */
  private static DisposableServer serve(boolean secure) throws Exception {
    HttpServer server =
        HttpServer.create()
            .host("127.0.0.1")
            .port(0)
            .route(
                routes ->
                    routes
                        .post(
                            "/echo",
                            (request, response) -> response.send(request.receive().retain()))
                        .get("/silent", (_, _) -> Mono.never()));
    if (secure) {
      SslContext tls = SslContextBuilder.forServer(Keys.managers()).build();
      server = server.secure(spec -> spec.sslContext(tls));
    }
    return server.bindNow(LIMIT);
  }

  private static HttpClient client(DisposableServer server, boolean secure) throws Exception {
    HttpClient client = HttpClient.create().host("127.0.0.1").port(server.port());
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

  private static Mono<byte[]> echo(HttpClient client, byte[] body) {
    return client
        .post()
        .uri("/echo")
        .send(ByteBufFlux.fromInbound(Mono.just(body)))
        .responseContent()
        .aggregate()
        .asByteArray();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thousandsOfRequestsAndLargeBodies(boolean secure) throws Exception {
    DisposableServer server = serve(secure);
    HttpClient client = client(server, secure);
    Echoes.small(REQUESTS, body -> echo(client, body));
    Echoes.large(body -> echo(client, body));
    Mono<Void> silent = client.get().uri("/silent").response().then();
    assertThrows(IllegalStateException.class, () -> silent.block(Duration.ofMillis(100)));
    assertArrayEquals(
        Echoes.SMALL, echo(client, Echoes.SMALL).block(LIMIT), "after one that was given up");
    server.disposeNow(LIMIT);
  }
}
