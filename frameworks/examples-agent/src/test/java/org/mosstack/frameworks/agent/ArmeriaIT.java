package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.linecorp.armeria.client.ClientFactory;
import com.linecorp.armeria.client.WebClient;
import com.linecorp.armeria.common.AggregatedHttpResponse;
import com.linecorp.armeria.common.HttpData;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.server.Server;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Armeria, whose transports are the four of an enum. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ArmeriaIT {
  private static final int REQUESTS = 1000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;
  private static final int PARTS = 100;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  /** Has a permit for each endless response that has ended. */
  private static final Semaphore ENDED = new Semaphore(0);

  private static ClientFactory factory;
  private static Server server;

  @BeforeAll
  static void serve() throws Exception {
    factory = ClientFactory.builder().tlsNoVerify().workerGroup(2).build();
    InetSocketAddress any = new InetSocketAddress("127.0.0.1", 0);
    server =
        Server.builder()
            .http(any)
            .https(any)
            .tls(Keys.managers())
            .maxRequestLength(0)
            .requestTimeoutMillis(0)
            .service("/echo", (_, request) -> echo(request))
            .service("/endless", (_, _) -> endless())
            .build();
    Waiting.get(server.start());
  }

  private static HttpResponse echo(HttpRequest request) {
    return HttpResponse.of(
        request
            .aggregate()
            .thenApply(
                body -> HttpResponse.of(HttpStatus.OK, MediaType.OCTET_STREAM, body.content())));
  }

  private static HttpResponse endless() {
    HttpResponse response =
        HttpResponse.of(
            ResponseHeaders.of(HttpStatus.OK),
            Flux.<HttpData>generate(sink -> sink.next(HttpData.ofUtf8("more"))));
    response.whenComplete().whenComplete((_, _) -> ENDED.release());
    return response;
  }

  @AfterAll
  static void end() throws Exception {
    Waiting.get(factory.closeAsync());
    Waiting.get(server.stop());
  }

  private static WebClient client(SessionProtocol protocol) {
    int port =
        server.activeLocalPort(protocol.isTls() ? SessionProtocol.HTTPS : SessionProtocol.HTTP);
    return WebClient.builder(protocol.uriText() + "://127.0.0.1:" + port)
        .factory(factory)
        .maxResponseLength(0)
        .responseTimeoutMillis(0)
        .build();
  }

  private static CompletableFuture<AggregatedHttpResponse> echo(WebClient client, byte[] body) {
    return client
        .execute(HttpRequest.of(HttpMethod.POST, "/echo", MediaType.OCTET_STREAM, body))
        .aggregate();
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  @ParameterizedTest
  @EnumSource(
      value = SessionProtocol.class,
      names = {"H1C", "H2C", "H1", "H2"})
  void requestsAndLargeBodies(SessionProtocol protocol) throws Exception {
    WebClient client = client(protocol);
    byte[] small = random(100);
    long answered =
        Flux.range(0, REQUESTS)
            .flatMap(_ -> Mono.fromFuture(echo(client, small)), AT_A_TIME)
            .filter(answer -> answer.content().length() == small.length)
            .count()
            .block(LIMIT);
    assertEquals(REQUESTS, answered);
    byte[] large = random(LARGE);
    assertArrayEquals(large, Waiting.get(echo(client, large)).content().array());
  }

  @ParameterizedTest
  @EnumSource(
      value = SessionProtocol.class,
      names = {"H1C", "H2C"})
  void aResponseIsAbandoned(SessionProtocol protocol) throws Exception {
    WebClient client = client(protocol);
    assertEquals(PARTS, Flux.from(client.get("/endless")).take(PARTS).count().block(LIMIT));
    assertTrue(ENDED.tryAcquire(Waiting.SECONDS, TimeUnit.SECONDS));
    assertEquals(1, Waiting.get(echo(client, random(1))).content().length());
  }
}
