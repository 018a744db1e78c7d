package org.mosstack.frameworks.agent;

import static org.asynchttpclient.Dsl.asyncHttpClient;
import static org.asynchttpclient.Dsl.config;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.asynchttpclient.AsyncHttpClient;
import org.asynchttpclient.ListenableFuture;
import org.asynchttpclient.Response;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.testkit.netty.LeakCheck;

/** async-http-client, which checks the type of its loops. */
@ExtendWith({LeakCheck.class, Moved.class})
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class AsyncHttpClientIT {
  private static final int REQUESTS = 3000;
  private static final int AT_A_TIME = 100;
  private static final int LARGE = 10 << 20;

  private static AsyncHttpClient client() {
    return asyncHttpClient(config().setUseInsecureTrustManager(true).setMaxRequestRetry(0));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void thousandsOfRequestsAndLargeBodies(boolean secure) throws Exception {
    try (ObjectServer server = new ObjectServer(secure);
        AsyncHttpClient client = client()) {
      String url = server.url() + "/small";
      assertEquals(
          200, Waiting.get(client.preparePut(url).setBody("value").execute()).getStatusCode());
      for (int i = 0; i < REQUESTS; i += AT_A_TIME) {
        List<CompletableFuture<Response>> answers = new ArrayList<>();
        for (int k = 0; k < AT_A_TIME; k++) {
          answers.add(client.prepareGet(url).execute().toCompletableFuture());
        }
        for (CompletableFuture<Response> answer : answers) {
          assertEquals("value", Waiting.get(answer).getResponseBody());
        }
      }
      byte[] body = new byte[LARGE];
      new Random(1).nextBytes(body);
      String large = server.url() + "/large";
      Waiting.get(client.preparePut(large).setBody(body).execute());
      assertArrayEquals(
          body, Waiting.get(client.prepareGet(large).execute()).getResponseBodyAsBytes());
    }
  }

  @Test
  void aRequestThatIsGivenUpEndsItsConnection() throws Exception {
    try (ObjectServer server = new ObjectServer(false);
        AsyncHttpClient client = client()) {
      ListenableFuture<Response> silent =
          client.prepareGet(server.url() + ObjectServer.SILENT).execute();
      Waiting.get(client.preparePut(server.url() + "/a").setBody("b").execute());
      assertTrue(silent.cancel(true));
      assertEquals(
          "b", Waiting.get(client.prepareGet(server.url() + "/a").execute()).getResponseBody());
    }
  }

  /** To a port where nobody listens any more, then to the next server. */
  @Test
  void aServersEndIsSeenAndTheNextOneFound() throws Exception {
    try (AsyncHttpClient client = client()) {
      String gone;
      try (ObjectServer first = new ObjectServer(false)) {
        gone = first.url();
        Waiting.get(client.preparePut(gone + "/a").setBody("1").execute());
      }
      ExecutionException failed =
          assertThrows(
              ExecutionException.class,
              () -> Waiting.get(client.prepareGet(gone + "/a").execute()));
      assertTrue(failed.getMessage().contains("refused"), failed.getMessage());
      try (ObjectServer second = new ObjectServer(false)) {
        Response put = Waiting.get(client.preparePut(second.url() + "/a").setBody("2").execute());
        assertEquals(200, put.getStatusCode());
      }
    }
  }
}
