package org.mosstack.micronaut;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.micronaut.context.ApplicationContext;
import io.micronaut.core.io.buffer.ByteBuffer;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.client.HttpClient;
import io.micronaut.http.client.StreamingHttpClient;
import io.micronaut.http.client.exceptions.HttpClientException;
import io.micronaut.http.netty.channel.EventLoopGroupRegistry;
import io.micronaut.runtime.server.EmbeddedServer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.netty.LeakCheck;
import reactor.core.publisher.Flux;

/** Micronaut's server and client, as their users have them, on the stack that they share. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class MicronautTest {
  private static final int SECONDS = 60;
  private static final int REQUESTS = 1000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;
  private static final String ENABLED = "mos.enabled";
  private static final Set<Class<?>> MOS =
      Set.of(MosServerSocketChannel.class, MosSocketChannel.class);
  private static final Set<Class<?>> NIO =
      Set.of(NioServerSocketChannel.class, NioSocketChannel.class);

  private final Map<String, Object> configuration = new HashMap<>();
  private final List<ApplicationContext> contexts = new ArrayList<>();
  private final List<EventLoopGroup> groups = new ArrayList<>();

  MicronautTest() {
    configuration.put(ENABLED, true);
    configuration.put("micronaut.server.host", "127.0.0.1");
    configuration.put("micronaut.server.port", -1);
    configuration.put("micronaut.server.max-request-size", 2 * LARGE);
    configuration.put("micronaut.http.client.max-content-length", 2 * LARGE);
    configuration.put("micronaut.http.client.read-timeout", SECONDS + "s");
    configuration.put("micronaut.netty.event-loops.default.shutdown-quiet-period", "0s");
  }

  @AfterEach
  void end() throws InterruptedException {
    contexts.forEach(ApplicationContext::close);
    for (EventLoopGroup group : groups) {
      assertTrue(group.awaitTermination(SECONDS, TimeUnit.SECONDS), "a group's end");
    }
  }

  private EmbeddedServer start() {
    EmbeddedServer server = ApplicationContext.run(EmbeddedServer.class, configuration);
    contexts.add(server.getApplicationContext());
    groups.add(group(server));
    return server;
  }

  private static EventLoopGroup group(EmbeddedServer server) {
    return server
        .getApplicationContext()
        .getBean(EventLoopGroupRegistry.class)
        .getDefaultEventLoopGroup();
  }

  private static HttpClient client(EmbeddedServer server) {
    return server.getApplicationContext().createBean(HttpClient.class, server.getURL());
  }

  private static Channels channels(EmbeddedServer server) {
    return server.getApplicationContext().getBean(Channels.class);
  }

  private static <T> T get(CompletableFuture<T> future) {
    return future.orTimeout(SECONDS, TimeUnit.SECONDS).join();
  }

  private static void requests(HttpClient client, String path, int count) {
    for (int sent = 0; sent < count; sent += AT_A_TIME) {
      List<CompletableFuture<String>> answers = new ArrayList<>();
      for (int i = 0; i < AT_A_TIME; i++) {
        answers.add(
            Flux.from(client.retrieve(HttpRequest.GET(path + "/" + (sent + i))))
                .single()
                .toFuture());
      }
      for (int i = 0; i < AT_A_TIME; i++) {
        String answer = get(answers.get(i));
        assertTrue(answer.endsWith(" " + (sent + i)), answer);
      }
    }
  }

  private static void echo(HttpClient client) {
    byte[] body = new byte[LARGE];
    new Random(1).nextBytes(body);
    HttpRequest<byte[]> request =
        HttpRequest.POST("/echo", body).contentType(MediaType.APPLICATION_OCTET_STREAM_TYPE);
    assertArrayEquals(
        body, get(Flux.from(client.retrieve(request, byte[].class)).single().toFuture()));
  }

  private void secure(String httpVersion) {
    configuration.put("micronaut.server.http-version", httpVersion);
    configuration.put("micronaut.server.ssl.enabled", true);
    configuration.put("micronaut.server.ssl.port", -1);
    configuration.put("micronaut.server.ssl.key-store.path", Keys.STORE.toUri().toString());
    configuration.put("micronaut.server.ssl.key-store.password", Keys.PASSWORD);
    configuration.put("micronaut.server.ssl.key-store.type", "PKCS12");
    configuration.put("micronaut.http.client.ssl.insecure-trust-all-certificates", true);
  }

  @ParameterizedTest
  @CsvSource({"1.1, false", "1.1, true", "2.0, true"})
  void aThousandRequestsAndLargeBodies(String httpVersion, boolean secure) {
    if (secure) {
      secure(httpVersion);
    }
    EmbeddedServer server = start();
    try (HttpClient client = client(server)) {
      requests(client, "/loop", REQUESTS);
      requests(client, "/worker", REQUESTS / 10);
      echo(client);
    }
    assertInstanceOf(MosEventLoopGroup.class, group(server));
    assertEquals(MOS, channels(server).ofServer);
    assertEquals(Set.of(MosSocketChannel.class), channels(server).ofClient);
  }

  @Test
  void theHandlersRunOnTheStacksThreads() {
    EmbeddedServer server = start();
    try (HttpClient client = client(server)) {
      String thread = client.toBlocking().retrieve("/loop/x");
      assertTrue(thread.startsWith("mos-shared-"), thread);
      assertFalse(client.toBlocking().retrieve("/worker/x").startsWith("mos-shared-"));
    }
  }

  @Test
  void aStreamThatIsCancelledEndsAtTheServer() {
    EmbeddedServer server = start();
    try (StreamingHttpClient client =
        server.getApplicationContext().createBean(StreamingHttpClient.class, server.getURL())) {
      long received =
          get(
              Flux.from(client.dataStream(HttpRequest.GET("/endless")))
                  .map(ByteBuffer::readableBytes)
                  .scan(0L, Long::sum)
                  .takeUntil(sum -> sum > LARGE)
                  .last()
                  .toFuture());
      assertTrue(received > LARGE);
      get(server.getApplicationContext().getBean(Service.class).cancelled);
      requests(client, "/loop", AT_A_TIME);
    }
  }

  @Test
  void theServerIsStoppedAndStartedAgain() {
    configuration.put("micronaut.server.port", 8087);
    EmbeddedServer first = start();
    try (HttpClient client = client(first)) {
      requests(client, "/loop", AT_A_TIME);
      first.stop();
      assertThrows(HttpClientException.class, () -> client.toBlocking().retrieve("/loop/x"));
    }
    EmbeddedServer second = start();
    try (HttpClient client = client(second)) {
      requests(client, "/loop", AT_A_TIME);
    }
    assertEquals(MOS, channels(second).ofServer);
  }

  /** Two applications in one process: each ends its own part. */
  @Test
  void twoContextsMeetOnTheStack() {
    EmbeddedServer one = start();
    EmbeddedServer other = start();
    try (HttpClient client =
        other.getApplicationContext().createBean(HttpClient.class, one.getURL())) {
      requests(client, "/loop", AT_A_TIME);
    }
    other.getApplicationContext().close();
    try (HttpClient client = client(one)) {
      requests(client, "/loop", AT_A_TIME);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "none"})
  void withoutThePropertyAllIsMicronautsOwn(String enabled) {
    if (enabled.equals("none")) {
      configuration.remove(ENABLED);
    } else {
      configuration.put(ENABLED, enabled);
    }
    assertAllIsMicronautsOwn();
  }

  private void assertAllIsMicronautsOwn() {
    EmbeddedServer server = start();
    try (HttpClient client = client(server)) {
      requests(client, "/loop", AT_A_TIME);
    }
    assertSame(MultiThreadIoEventLoopGroup.class, group(server).getClass());
    assertEquals(NIO, channels(server).ofServer);
    assertEquals(Set.of(NioSocketChannel.class), channels(server).ofClient);
  }

  @Test
  void whereTheStackCannotStartTheKernelServes() {
    System.setProperty("mos.conf", "nowhere.conf");
    System.setProperty("mos.fallback", "true");
    try {
      assertAllIsMicronautsOwn();
    } finally {
      System.clearProperty("mos.conf");
      System.clearProperty("mos.fallback");
    }
  }

  @Test
  void aGroupsOwnChoiceOfATransportCounts() {
    configuration.put("micronaut.netty.event-loops.kernel.transport", "nio");
    configuration.put("micronaut.netty.event-loops.stack.transport", "mos,nio");
    configuration.put("micronaut.netty.event-loops.any.num-threads", 3);
    EventLoopGroupRegistry registry =
        start().getApplicationContext().getBean(EventLoopGroupRegistry.class);
    EventLoopGroup group = registry.getDefaultEventLoopGroup();
    assertInstanceOf(MosEventLoopGroup.class, group);
    assertSame(group, registry.getEventLoopGroup("stack").orElseThrow());
    assertSame(group, registry.getEventLoopGroup("any").orElseThrow());
    assertSame(group, registry.getEventLoopGroup("parent").orElseThrow());
    assertSame(
        MultiThreadIoEventLoopGroup.class,
        registry.getEventLoopGroup("kernel").orElseThrow().getClass());
  }
}
