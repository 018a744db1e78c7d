package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.mockserver.model.HttpRequest.request;
import static org.mockserver.model.HttpResponse.response;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mockserver.integration.ClientAndServer;
import org.mockserver.verify.VerificationTimes;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.netty.http.client.HttpClient;

/** MockServer: its server, and the client that tells it what to answer. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MockServerHttpIT {
  private static final int REQUESTS = 1000;
  private static final int AT_A_TIME = 20;

  /** As a string of JSON, which may be 10 MB. */
  private static final int LARGE = 4 << 20;

  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private static Mono<byte[]> get(HttpClient client, String path) {
    return client.get().uri(path).responseContent().aggregate().asByteArray();
  }

  @Test
  void answersAndVerifies() {
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    try (ClientAndServer server = ClientAndServer.startClientAndServer(0)) {
      server.when(request("/small")).respond(response("small"));
      server.when(request("/large")).respond(response().withBody(large));
      HttpClient client = HttpClient.create().host("127.0.0.1").port(server.getPort());
      long answered =
          Flux.range(0, REQUESTS)
              .flatMap(_ -> get(client, "/small"), AT_A_TIME)
              .filter(bytes -> bytes.length == "small".length())
              .count()
              .block(LIMIT);
      assertEquals(REQUESTS, answered);
      assertArrayEquals(large, get(client, "/large").block(LIMIT));
      server.verify(request("/large"), VerificationTimes.once());
      server.reset();
      assertEquals(404, client.get().uri("/small").response().block(LIMIT).status().code());
    }
  }
}
