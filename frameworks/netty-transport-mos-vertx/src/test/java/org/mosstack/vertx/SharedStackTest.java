package org.mosstack.vertx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PfxOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.StackLease;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.Keys;
import org.mosstack.testkit.netty.LeakCheck;

/** Several Vert.x on the stack that a process shares, none of which brings one. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SharedStackTest {
  private static final int SECONDS = 60;
  private static final String HOST = "127.0.0.1";
  private static final int PORT = 8089;
  private static final int REQUESTS = 1000;
  private static final int AT_A_TIME = 50;
  private static final int LARGE = 10 << 20;

  private final List<Vertx> instances = new ArrayList<>();
  private final MosStack stack;

  /** Completed when the server learns that nobody wants its stream any more. */
  private final Promise<Void> givenUp = Promise.promise();

  private final AtomicInteger wrongThreads = new AtomicInteger();

  SharedStackTest() {
    try (StackLease lease = StackLease.take()) {
      stack = lease.stack();
    }
  }

  @AfterEach
  void end() {
    MosStack last;
    try (StackLease lease = StackLease.take()) {
      last = lease.stack();
      instances.forEach(SharedStackTest::close);
    }
    assertFalse(last.core(0).execute(() -> {}), "the stack goes on without a Vert.x");
    assertEquals(0, last.flows());
    assertEquals(0, wrongThreads.get(), "handlers on threads that weren't their context's");
  }

  private static void close(Vertx vertx) {
    get(vertx.close());
  }

  private static <T> T get(Future<T> future) {
    return future
        .toCompletionStage()
        .toCompletableFuture()
        .orTimeout(SECONDS, TimeUnit.SECONDS)
        .join();
  }

  private Vertx start(VertxBuilder builder) {
    Vertx vertx = builder.build();
    instances.add(vertx);
    return vertx;
  }

  private Vertx shared() {
    return start(Vertx.builder().withTransport(new MosTransport()));
  }

  private static VertxBuilder preferring() {
    return Vertx.builder().with(new VertxOptions().setPreferNativeTransport(true));
  }

  /** Sends bodies back, and answers what has none until it is given up. */
  private final class Web extends VerticleBase {
    private final HttpServerOptions options;

    Web(HttpServerOptions options) {
      this.options = options;
    }

    @Override
    public Future<HttpServer> start() {
      return vertx.createHttpServer(options).requestHandler(this::serve).listen(PORT, HOST);
    }

    private void serve(HttpServerRequest request) {
      if (!Context.isOnEventLoopThread() || Vertx.currentContext().owner() != vertx) {
        wrongThreads.incrementAndGet();
      }
      if (request.path().equals("/endless")) {
        HttpServerResponse response = request.response().setChunked(true);
        response.exceptionHandler(_ -> {}); // that it is closed
        response.closeHandler(_ -> givenUp.tryComplete());
        more(response);
      } else {
        request.body().onSuccess(body -> request.response().end(body));
      }
    }

    private void more(HttpServerResponse response) {
      while (!response.writeQueueFull() && !response.closed()) {
        response.write(Buffer.buffer(new byte[8 << 10]));
      }
      response.drainHandler(_ -> more(response));
    }
  }

  /** Deploys servers, more than there are cores. */
  private void serve(Vertx vertx, HttpServerOptions options) {
    DeploymentOptions deployment = new DeploymentOptions().setInstances(stack.cores() + 1);
    get(vertx.deployVerticle(() -> new Web(options), deployment));
  }

  private static Future<Buffer> send(HttpClient client, String path, Buffer body) {
    return client
        .request(HttpMethod.POST, PORT, HOST, path)
        .compose(request -> request.send(body))
        .compose(HttpClientResponse::body);
  }

  private static void requests(HttpClient client, int count) {
    for (int sent = 0; sent < count; sent += AT_A_TIME) {
      List<Future<Buffer>> answers = new ArrayList<>();
      for (int i = 0; i < AT_A_TIME; i++) {
        answers.add(send(client, "/", Buffer.buffer("request " + (sent + i))));
      }
      for (int i = 0; i < AT_A_TIME; i++) {
        assertEquals("request " + (sent + i), get(answers.get(i)).toString());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aThousandRequestsAndLargeBodies(boolean secure) {
    HttpServerOptions server = new HttpServerOptions();
    HttpClientOptions client = new HttpClientOptions();
    if (secure) {
      PfxOptions key = new PfxOptions().setPath(Keys.STORE.toString()).setPassword(Keys.PASSWORD);
      server.setSsl(true).setKeyCertOptions(key);
      client.setSsl(true).setTrustAll(true).setVerifyHost(false);
    }
    serve(shared(), server);
    HttpClient http = shared().createHttpClient(client);
    requests(http, REQUESTS);
    byte[] body = new byte[LARGE];
    new Random(1).nextBytes(body);
    assertEquals(Buffer.buffer(body), get(send(http, "/", Buffer.buffer(body))));
    assertTrue(stack.isShared());
  }

  /** The first has the cores; the second has none until the first has ended. */
  @Test
  void eachEndsItsOwnPart() {
    Vertx first = shared();
    Vertx second = shared();
    serve(first, new HttpServerOptions());
    HttpClient client = second.createHttpClient();
    requests(client, AT_A_TIME);
    close(first);
    assertThrows(CompletionException.class, () -> requests(client, AT_A_TIME));
    serve(second, new HttpServerOptions());
    requests(client, REQUESTS);
  }

  @Test
  void whoGivesUpAStreamEndsIt() {
    Vertx vertx = shared();
    serve(vertx, new HttpServerOptions());
    HttpClient client = vertx.createHttpClient();
    Promise<Void> enough = Promise.promise();
    client
        .request(HttpMethod.GET, PORT, HOST, "/endless")
        .compose(request -> request.send())
        .onFailure(enough::tryFail)
        .onSuccess(
            response -> {
              AtomicLong received = new AtomicLong();
              response.exceptionHandler(_ -> {}); // that it was reset
              response.handler(
                  part -> {
                    if (received.addAndGet(part.length()) > LARGE) {
                      response.request().reset();
                      enough.tryComplete();
                    }
                  });
            });
    get(enough.future());
    get(givenUp.future());
    requests(client, AT_A_TIME);
  }

  /** Whether the loop drives a core or not. */
  @Test
  void aSocketsContextIsItsChannelsLoop() {
    Vertx server = shared();
    Vertx client = shared();
    NetServer echo =
        get(
            server
                .createNetServer()
                .connectHandler(
                    socket -> {
                      check(socket, server);
                      socket.handler(socket::write);
                    })
                .listen(PORT, HOST));
    for (int i = 0; i < AT_A_TIME; i++) {
      Promise<Buffer> answer = Promise.promise();
      client
          .createNetClient()
          .connect(PORT, HOST)
          .onFailure(answer::fail)
          .onSuccess(
              socket -> {
                check(socket, client);
                socket.handler(
                    buffer -> {
                      check(socket, client);
                      answer.complete(buffer);
                      socket.close();
                    });
                socket.write("ping");
              });
      assertEquals("ping", get(answer.future()).toString());
    }
    get(echo.close());
  }

  private void check(NetSocket socket, Vertx vertx) {
    Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
    ContextInternal context = (ContextInternal) Vertx.currentContext();
    if (!Context.isOnEventLoopThread()
        || context.owner() != vertx
        || channel.eventLoop() != context.nettyEventLoop()
        || !channel.eventLoop().inEventLoop()
        || !(channel instanceof MosSocketChannel)) {
      wrongThreads.incrementAndGet();
    }
  }

  @Test
  void aPreferenceForNativeTransportsFindsIt() {
    Vertx preferring = start(preferring());
    assertTrue(preferring.isNativeTransportEnabled());
    assertInstanceOf(StackTransport.class, ((VertxInternal) preferring).transport());
    serve(preferring, new HttpServerOptions());
    requests(preferring.createHttpClient(), AT_A_TIME);
  }

  @Test
  void whoDoesNotAskForItHasVertxsOwn() {
    assertFalse(start(Vertx.builder()).isNativeTransportEnabled());
    MosTransport given = new MosTransport(MosStack.start(MosConfig.builder().build()));
    Vertx own = start(preferring().withTransport(given));
    assertSame(given.implementation(), ((VertxInternal) own).transport());
  }

  @Test
  void whereTheStackCannotStartTheKernelServes() {
    System.setProperty("mos.conf", "nowhere.conf");
    try {
      assertThrows(ConfigException.class, () -> preferring().build());
      VertxBuilder given = Vertx.builder().withTransport(new MosTransport());
      assertThrows(ConfigException.class, given::build);
      System.setProperty("mos.fallback", "true");
      for (VertxBuilder builder : List.of(preferring(), given)) {
        Vertx vertx = start(builder);
        assertFalse(((VertxInternal) vertx).transport() instanceof StackTransport);
        serve(vertx, new HttpServerOptions());
        requests(vertx.createHttpClient(), AT_A_TIME);
        close(vertx);
      }
      assertNotNull(new MosTransport().unavailabilityCause());
    } finally {
      System.clearProperty("mos.conf");
      System.clearProperty("mos.fallback");
    }
  }
}
