package org.mosstack.spring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosKeys;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.reactor.MosLoopResources;
import org.mosstack.testkit.netty.LeakCheck;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.client.ReactorResourceFactory;
import org.springframework.web.reactive.function.client.WebClient;
import reactor.netty.http.HttpResources;
import reactor.netty.http.client.HttpClient;

/** Starts, failing and not, and ends. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class LifecycleTest {
  private static final String ON = "mos.enabled=true";
  private static final String CONF =
      """
      application {
        type = end
        run = app
      }
      mos {
        max_concurrency = %s
        netdev {
          dpdk0 0x1 10.66.2.1/24 wire=end
        }
      }
      """;

  @TempDir private Path folder;

  @BeforeEach
  void forget() {
    Reported.ANALYSES.clear();
  }

  private static void assertServes(ConfigurableApplicationContext context, boolean byTheStack) {
    assertEquals("hello 1", App.get(App.client(context), "/hello/1").block(App.LIMIT));
    App app = context.getBean(App.class);
    for (Channel channel : app.serverChannels) {
      assertEquals(byTheStack, channel instanceof MosSocketChannel);
    }
    for (Channel channel : app.clientChannels) {
      assertEquals(byTheStack, channel instanceof MosSocketChannel);
    }
    assertFalse(app.serverChannels.isEmpty());
    assertFalse(app.clientChannels.isEmpty());
  }

  @Test
  void offUnlessAskedFor() {
    for (String off : new String[] {"mos.enabled=false", "server.port=0"}) {
      try (ConfigurableApplicationContext context = App.start(off, "mos.conf=nowhere.conf")) {
        assertServes(context, false);
        assertInstanceOf(
            HttpResources.class, context.getBean(ReactorResourceFactory.class).getLoopResources());
        assertNull(System.getProperty("mos.conf"));
      }
    }
  }

  /** The stack ends with the context, and the next one's has another configuration. */
  @Test
  void oneAfterAnother() throws IOException {
    for (int connections : new int[] {1000, 2000}) {
      Path conf = folder.resolve("mos" + connections + ".conf");
      Files.writeString(conf, CONF.formatted(connections));
      MosStack stack;
      try (ConfigurableApplicationContext context = App.start(ON, "mos.conf=" + conf)) {
        stack = SharedStack.running();
        assertServes(context, true);
        assertEquals(connections, stack.config().get(MosKeys.MAX_CONCURRENCY));
      }
      assertTrue(SharedStack.hasEnded(stack));
      assertNull(System.getProperty("mos.conf"));
    }
  }

  @Test
  void twoAtOnceShareTheStack() {
    try (ConfigurableApplicationContext first = App.start(ON)) {
      try (ConfigurableApplicationContext second = App.start(ON)) {
        assertServes(second, true);
      }
      assertServes(first, true);
    }
  }

  @Test
  void requestsAreServedToTheEnd() throws Exception {
    ConfigurableApplicationContext context = App.start(ON);
    App app = context.getBean(App.class);
    MosLoopResources loops = new MosLoopResources(); // outlives the context's
    String port = context.getEnvironment().getRequiredProperty("local.server.port");
    HttpClient client = HttpClient.newConnection().runOn(loops).baseUrl("http://127.0.0.1:" + port);
    CompletableFuture<String> answer =
        client.get().uri("/slow").responseContent().aggregate().asString().toFuture();
    assertTrue(app.slowBegun.await(App.LIMIT.toSeconds(), TimeUnit.SECONDS));
    CompletableFuture<Void> closed = CompletableFuture.runAsync(context::close);
    awaitRefusal(client);
    assertFalse(answer.isDone());
    app.slowAnswer.tryEmitValue("served").orThrow();
    assertEquals("served", answer.get(App.LIMIT.toSeconds(), TimeUnit.SECONDS));
    closed.get(App.LIMIT.toSeconds(), TimeUnit.SECONDS);
    loops.disposeLater(Duration.ZERO, App.LIMIT).block(App.LIMIT);
  }

  private static void awaitRefusal(HttpClient client) {
    long limit = System.nanoTime() + App.LIMIT.toNanos();
    while (System.nanoTime() < limit) {
      try {
        client.get().uri("/hello/1").response().block(App.LIMIT);
      } catch (RuntimeException _) {
        return;
      }
    }
    throw new AssertionError("a server that is being closed accepts connections");
  }

  @Test
  void theKernelServesWhereTheStackDoesNotStart() {
    String missing = folder.resolve("missing.conf").toString();
    try (ConfigurableApplicationContext context =
        App.start(ON, "mos.fallback=true", "mos.conf=" + missing)) {
      assertServes(context, false);
    }
    assertNull(System.getProperty("mos.fallback"));
  }

  /** The client's channel is the stack's class, and the server the kernel's. */
  @Test
  void theKernelHasWhatTheStackHasNoWayFor() {
    try (ConfigurableApplicationContext kernel = App.start("mos.enabled=false");
        ConfigurableApplicationContext context = App.start(ON, "mos.fallback=true")) {
      WebClient client =
          App.client(context)
              .mutate()
              .baseUrl(
                  "http://127.0.0.1:"
                      + kernel.getEnvironment().getRequiredProperty("local.server.port"))
              .build();
      assertEquals("hello 2", App.get(client, "/hello/2").block(App.LIMIT));
      context
          .getBean(App.class)
          .clientChannels
          .forEach(channel -> assertInstanceOf(MosSocketChannel.class, channel));
    }
  }

  @Test
  void aConfigurationWithAnError() throws IOException {
    Path conf = folder.resolve("mos.conf");
    Files.writeString(conf, CONF.formatted("many"));
    RuntimeException failed =
        assertThrows(RuntimeException.class, () -> App.start(ON, "mos.conf=" + conf));
    FailureAnalysis analysis = Reported.ANALYSES.remove();
    String said = analysis.getDescription();
    assertTrue(said.startsWith(conf + ":6: "), said);
    assertEquals(1, said.lines().count(), said);
    StackStartException cause =
        assertInstanceOf(StackStartException.class, analysis.getCause(), failed.toString());
    assertInstanceOf(ConfigException.class, cause.getCause());
    assertEquals(ConfigException.EXIT_CODE, cause.getExitCode());
    assertNull(System.getProperty("mos.conf"));
  }

  @Test
  void aPortThatIsTaken() {
    try (ConfigurableApplicationContext first = App.start(ON)) {
      String port = first.getEnvironment().getRequiredProperty("local.server.port");
      assertThrows(RuntimeException.class, () -> App.start(ON, "server.port=" + port));
      assertEquals(
          "Web server failed to start. Port " + port + " was already in use.",
          Reported.ANALYSES.remove().getDescription());
    }
  }

  @Test
  void aValueThatIsNotAllowed() {
    assertThrows(RuntimeException.class, () -> App.start(ON, "mos.fallback=maybe"));
    String said = Reported.ANALYSES.remove().getDescription();
    assertTrue(said.contains("mos.fallback") && said.contains("maybe"), said);
  }
}
