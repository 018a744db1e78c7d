package org.mosstack.spring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.Channel;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.netty.LeakCheck;
import org.springframework.boot.http.client.ClientHttpRequestFactoryBuilder;
import org.springframework.boot.webclient.autoconfigure.WebClientSsl;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.core.io.buffer.DataBufferUtils;
import org.springframework.core.io.buffer.DefaultDataBufferFactory;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.core.publisher.Flux;

/** A WebFlux application and its WebClient, with nothing but {@code mos.enabled=true}. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class WebFluxTest {
  private static final String ON = "mos.enabled=true";
  private static final int REQUESTS = 500;
  private static final int AT_A_TIME = 32;
  private static final int LARGE = 10 << 20;
  private static final int CHUNK = 64 << 10;

  private ConfigurableApplicationContext context;

  private App start(String... properties) {
    context = App.start(properties);
    return context.getBean(App.class);
  }

  @AfterEach
  void end() {
    if (context != null) {
      context.close();
    }
  }

  private static void request(WebClient client, int count) {
    List<String> answers =
        Flux.range(0, count)
            .flatMapSequential(n -> App.get(client, "/hello/{n}", n), AT_A_TIME)
            .collectList()
            .block(App.LIMIT);
    assertEquals(Flux.range(0, count).map(n -> "hello " + n).collectList().block(), answers);
  }

  private static void assertStacks(Set<Channel> channels) {
    assertFalse(channels.isEmpty());
    channels.forEach(channel -> assertInstanceOf(MosSocketChannel.class, channel));
  }

  private static byte[] echo(WebClient client, byte[] bytes) {
    Flux<DataBuffer> body =
        Flux.range(0, bytes.length / CHUNK)
            .map(i -> DefaultDataBufferFactory.sharedInstance.wrap(chunk(bytes, i)));
    return client
        .post()
        .uri("/echo")
        .body(body, DataBuffer.class)
        .retrieve()
        .bodyToFlux(DataBuffer.class)
        .collect(ByteArrayOutputStream::new, WebFluxTest::append)
        .map(ByteArrayOutputStream::toByteArray)
        .block(App.LIMIT);
  }

  private static byte[] chunk(byte[] bytes, int index) {
    return Arrays.copyOfRange(bytes, index * CHUNK, (index + 1) * CHUNK);
  }

  private static void append(ByteArrayOutputStream to, DataBuffer buffer) {
    byte[] bytes = new byte[buffer.readableByteCount()];
    buffer.read(bytes);
    DataBufferUtils.release(buffer);
    to.writeBytes(bytes);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new Random(1).nextBytes(bytes);
    return bytes;
  }

  @Test
  void requestsAndLargeBodies() {
    App app = start(ON);
    WebClient client = App.client(context);
    request(client, REQUESTS);
    byte[] large = random(LARGE);
    assertArrayEquals(large, echo(client, large));
    assertStacks(app.serverChannels);
    assertStacks(app.clientChannels);
  }

  @Test
  void aStreamIsCancelled() throws InterruptedException {
    App app = start(ON);
    WebClient client = App.client(context);
    List<String> events =
        client
            .get()
            .uri("/events")
            .retrieve()
            .bodyToFlux(String.class)
            .take(100)
            .collectList()
            .block(App.LIMIT);
    assertEquals(100, events.size());
    assertTrue(app.eventsCancelled.await(App.LIMIT.toSeconds(), TimeUnit.SECONDS));
    request(client, AT_A_TIME);
  }

  @Test
  void aHandlerMustNotBlock() {
    start(ON);
    String answer = App.get(App.client(context), "/block").block(App.LIMIT);
    assertTrue(answer.startsWith("refused: block()"), answer);
  }

  @Test
  void tlsByABundle() {
    App app =
        start(
            ON,
            "server.ssl.bundle=test",
            "spring.ssl.bundle.jks.test.keystore.location=file:" + Keys.STORE,
            "spring.ssl.bundle.jks.test.keystore.password=" + Keys.PASSWORD,
            "spring.ssl.bundle.jks.test.truststore.location=file:" + Keys.STORE,
            "spring.ssl.bundle.jks.test.truststore.password=" + Keys.PASSWORD);
    WebClient client =
        App.client(context, "https://localhost:", "local.server.port")
            .mutate()
            .apply(context.getBean(WebClientSsl.class).fromBundle("test"))
            .build();
    request(client, AT_A_TIME);
    byte[] large = random(LARGE);
    assertArrayEquals(large, echo(client, large));
    assertStacks(app.serverChannels);
  }

  @Test
  void actuatorAndMetrics() {
    start(ON, "management.endpoints.web.exposure.include=*");
    WebClient client = App.client(context);
    request(client, REQUESTS);
    assertHealthy(App.get(client, "/actuator/health").block(App.LIMIT));
    MeterRegistry meters = context.getBean(MeterRegistry.class);
    long limit = System.nanoTime() + App.LIMIT.toNanos();
    while (count(meters, "server") < REQUESTS && System.nanoTime() < limit) {
      Thread.onSpinWait(); // the server counts an answer after the client has it
    }
    assertEquals(REQUESTS, count(meters, "server"));
    assertEquals(REQUESTS, count(meters, "client"));
    String metrics = App.get(client, "/actuator/metrics/http.server.requests").block(App.LIMIT);
    assertTrue(metrics.contains("\"statistic\":\"COUNT\""), metrics);
  }

  /** Its server isn't given the context's resources by Spring Boot: probes come by the kernel. */
  @Test
  void aManagementServerOfItsOwnIsTheKernels() throws Exception {
    start(ON, "management.server.port=0");
    request(App.client(context), AT_A_TIME);
    String port = context.getEnvironment().getRequiredProperty("local.management.port");
    URI uri = URI.create("http://127.0.0.1:" + port + "/actuator/health");
    try (HttpClient kernel = HttpClient.newHttpClient()) {
      assertHealthy(
          kernel.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body());
    }
  }

  private static void assertHealthy(String health) {
    assertTrue(health.contains("\"status\":\"UP\""), health);
  }

  private static long count(MeterRegistry meters, String side) {
    return meters.get("http." + side + ".requests").timers().stream()
        .filter(timer -> timer.getId().getTag("uri").startsWith("/hello"))
        .mapToLong(timer -> timer.count())
        .sum();
  }

  /** Of an application without a server. */
  @Test
  void clientsThatWaitForTheirAnswer() throws Exception {
    start(ON);
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    try (ConfigurableApplicationContext other =
        App.start(
            ON,
            "spring.main.web-application-type=none",
            "spring.http.clients.imperative.factory=reactor")) {
      ClientHttpRequestFactoryBuilder<?> builder =
          other.getBean(ClientHttpRequestFactoryBuilder.class);
      URI uri = URI.create("http://127.0.0.1:" + port + "/hello/1");
      try (ClientHttpResponse answer =
          builder.build().createRequest(uri, HttpMethod.GET).execute()) {
        String text = new String(answer.getBody().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals("hello 1", text);
      }
    }
  }
}
