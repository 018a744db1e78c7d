package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.concurrent.Future;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.reactor.MosLoopResources;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.ConnectionProvider;

/** A server and clients that know nothing of each other, on the stack that a process shares. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SharedStackTest {
  private static final Duration LIMIT = Duration.ofSeconds(Await.TIMEOUT_SECONDS);
  private static final int REQUESTS = 200;

  @Test
  void whatIsMadeApartMeets() {
    MosLoopResources servers = new MosLoopResources();
    MosLoopResources clients = new MosLoopResources();
    ConnectionProvider pool = ConnectionProvider.create("shared", 4);
    DisposableServer server =
        HttpServer.create()
            .runOn(servers)
            .host("127.0.0.1")
            .port(0)
            .doOnConnection(c -> assertInstanceOf(MosSocketChannel.class, c.channel()))
            .handle((request, response) -> response.sendString(Mono.just(request.uri())))
            .bindNow(LIMIT);
    HttpClient client =
        HttpClient.create(pool)
            .runOn(clients)
            .doOnConnected(c -> assertInstanceOf(MosSocketChannel.class, c.channel()))
            .baseUrl("http://127.0.0.1:" + server.port());
    for (int i = 0; i < REQUESTS; i++) {
      assertEquals(
          "/" + i, client.get().uri("/" + i).responseContent().aggregate().asString().block(LIMIT));
    }
    pool.disposeLater().block(LIMIT);
    end(clients);
    MosEventLoopGroup another = new MosEventLoopGroup(); // the servers' loops go on
    assertTrue(another.next().submit(() -> {}).awaitUninterruptibly(Await.TIMEOUT_SECONDS * 1000L));
    server.disposeNow(LIMIT);
    end(servers);
    assertTrue(
        another
            .shutdownGracefully(0, 5, TimeUnit.SECONDS)
            .awaitUninterruptibly(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
  }

  /** As a handler would that waits for another request's answer. */
  @Test
  void reactorRefusesToBlockALoop() {
    MosLoopResources loops = new MosLoopResources();
    Future<?> blocked = loops.onServer(true).next().submit(() -> Mono.never().block(LIMIT));
    assertTrue(blocked.awaitUninterruptibly(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    assertInstanceOf(IllegalStateException.class, blocked.cause());
    end(loops);
  }

  @Test
  void theKernelServesWhereTheStackDoesNotStart(@TempDir Path folder) {
    System.setProperty("mos.conf", folder.resolve("missing.conf").toString());
    try {
      assertThrows(ConfigException.class, MosLoopResources::new);
      System.setProperty("mos.fallback", "true");
      MosLoopResources loops = new MosLoopResources();
      DisposableServer server =
          HttpServer.create()
              .runOn(loops)
              .host("127.0.0.1")
              .port(0)
              .handle((request, response) -> response.sendString(Mono.just(request.uri())))
              .bindNow(LIMIT);
      assertFalse(server.channel() instanceof MosServerSocketChannel);
      HttpClient client =
          HttpClient.newConnection().runOn(loops).baseUrl("http://127.0.0.1:" + server.port());
      assertEquals(
          "/kernel",
          client.get().uri("/kernel").responseContent().aggregate().asString().block(LIMIT));
      server.disposeNow(LIMIT);
      end(loops);
    } finally {
      System.clearProperty("mos.fallback");
      System.clearProperty("mos.conf");
    }
  }

  private static void end(MosLoopResources loops) {
    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(LIMIT);
    assertTrue(loops.isDisposed());
  }
}
