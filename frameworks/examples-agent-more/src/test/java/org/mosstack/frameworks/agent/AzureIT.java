package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.azure.core.http.HttpClient;
import com.azure.core.http.HttpMethod;
import com.azure.core.http.HttpRequest;
import com.azure.core.http.HttpResponse;
import com.azure.core.http.netty.NettyAsyncHttpClientBuilder;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The HTTP client of Azure's SDK, over Reactor Netty. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AzureIT {
  private static final int REQUESTS = 3000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private static Mono<byte[]> get(HttpClient client, String url) {
    return client
        .send(new HttpRequest(HttpMethod.GET, url))
        .flatMap(HttpResponse::getBodyAsByteArray);
  }

  private static int put(HttpClient client, String url, byte[] body) {
    HttpRequest request = new HttpRequest(HttpMethod.PUT, url).setBody(body);
    return client
        .send(request)
        .flatMap(r -> r.getBodyAsByteArray().thenReturn(r.getStatusCode()))
        .block(LIMIT);
  }

  @Test
  void requestsSmallAndLarge() throws Exception {
    HttpClient client = new NettyAsyncHttpClientBuilder().build();
    byte[] small = {1, 2, 3};
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    try (ObjectServer server = new ObjectServer(false)) {
      assertEquals(200, put(client, server.url() + "/small", small));
      long answered =
          Flux.range(0, REQUESTS)
              .flatMap(_ -> get(client, server.url() + "/small"), AT_A_TIME)
              .filter(bytes -> bytes.length == small.length)
              .count()
              .block(LIMIT);
      assertEquals(REQUESTS, answered);
      put(client, server.url() + "/large", large);
      assertArrayEquals(large, get(client, server.url() + "/large").block(LIMIT));
      Mono<byte[]> silent = get(client, server.url() + ObjectServer.SILENT);
      assertThrows(IllegalStateException.class, () -> silent.block(Duration.ofMillis(100)));
    }
    try (ObjectServer next = new ObjectServer(false)) {
      assertEquals(200, put(client, next.url() + "/small", small));
    }
  }
}
