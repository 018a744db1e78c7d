package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.Channel;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.Context;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxBuilder;
import io.vertx.core.VertxOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.datagram.DatagramSocket;
import io.vertx.core.dns.AddressResolverOptions;
import io.vertx.core.dns.DnsClient;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.WebSocket;
import io.vertx.core.http.WebSocketClient;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.net.NetSocketInternal;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import io.vertx.core.net.PfxOptions;
import io.vertx.core.net.SocketAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.testkit.Keys;
import org.mosstack.vertx.MosTransport;

/** What Vert.x's users do, on a stack with three cores. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class VertxTest {
  private static final int CORES = 3;
  private static final int PORT = 8080;
  private static final String HOST = "127.0.0.1";
  private static final int CONNECTIONS = 30;

  private final Vertx vertx = builder().build();

  /** The loops that have an instance; Vert.x may assign two instances to the same loop. */
  private final Set<Thread> loops = ConcurrentHashMap.newKeySet();

  /** Requests by the thread that served them. */
  private final Map<Thread, AtomicInteger> served = new ConcurrentHashMap<>();

  private final AtomicInteger wrongThreads = new AtomicInteger();

  private static VertxBuilder builder() {
    return Vertx.builder().withTransport(new MosTransport(Stacks.loopback(CORES)));
  }

  @AfterEach
  void end() {
    Await.get(vertx.close(), "Vert.x's end");
    assertEquals(0, wrongThreads.get(), "handlers on threads that weren't their channel's");
    LeakCounter.assertNothingIsHeld();
  }

  /** A server whose handlers must all run on the thread its verticle was started on. */
  private final class Web extends AbstractVerticle {
    private Thread thread;

    @Override
    public void start(Promise<Void> started) {
      thread = Thread.currentThread();
      loops.add(thread);
      vertx
          .createHttpServer(new HttpServerOptions().setHttp2ClearTextEnabled(true))
          .requestHandler(this::serve)
          .webSocketHandler(socket -> socket.handler(socket::write))
          .listen(PORT, HOST)
          .<Void>mapEmpty()
          .onComplete(started);
    }

    private void serve(HttpServerRequest request) {
      if (Thread.currentThread() != thread) {
        wrongThreads.incrementAndGet();
      }
      served.computeIfAbsent(thread, t -> new AtomicInteger()).incrementAndGet();
      request
          .body()
          .onSuccess(
              body -> {
                if (Thread.currentThread() != thread) {
                  wrongThreads.incrementAndGet();
                }
                request.response().end(body.length() == 0 ? Buffer.buffer("hello") : body);
              });
    }
  }

  private Future<String> deploy(int instances) {
    Supplier<AbstractVerticle> web = Web::new;
    return vertx.deployVerticle(web::get, new DeploymentOptions().setInstances(instances));
  }

  private static Future<Buffer> get(HttpClient client, String host) {
    return client
        .request(HttpMethod.GET, PORT, host, "/")
        .compose(request -> request.send())
        .compose(HttpClientResponse::body);
  }

  /** Opens this many connections at once, with one request each. */
  private void getOverNewConnections(int connections) {
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions().setKeepAlive(false),
            new PoolOptions().setHttp1MaxSize(connections));
    List<Future<Buffer>> replies = new ArrayList<>();
    for (int i = 0; i < connections; i++) {
      replies.add(get(client, HOST));
    }
    for (Future<Buffer> reply : replies) {
      assertEquals("hello", Await.get(reply, "reply").toString());
    }
    Await.get(client.close(), "client's end");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 6})
  void eachConnectionIsServedWithAnyNumberOfInstances(int instances) {
    Await.get(deploy(instances), "deployment");
    getOverNewConnections(CONNECTIONS);
    assertEquals(CONNECTIONS, served.values().stream().mapToInt(AtomicInteger::get).sum());
    assertEquals(loops, served.keySet());
  }

  @Test
  void instancesComeAndGo() {
    Await.get(deploy(1), "deployment");
    getOverNewConnections(CONNECTIONS);
    assertEquals(1, served.size());
    String second = Await.get(deploy(2), "deployment");
    getOverNewConnections(CONNECTIONS);
    assertTrue(served.size() > 1, "loops: " + served.keySet());
    Await.get(vertx.undeploy(second), "undeployment");
    served.clear();
    getOverNewConnections(CONNECTIONS);
    assertEquals(1, served.size());
  }

  /** The simple case: no verticle at all. */
  @Test
  void serverWithoutVerticle() {
    Await.get(
        vertx
            .createHttpServer()
            .requestHandler(request -> request.response().end("hello"))
            .listen(PORT, HOST),
        "bind");
    getOverNewConnections(CONNECTIONS);
  }

  /** A socket's context, its handlers' thread and its channel's loop are the same. */
  @Test
  void contextsAreTheirChannelsLoops() {
    Set<Context> contexts = ConcurrentHashMap.newKeySet();
    Supplier<AbstractVerticle> echo =
        () ->
            new AbstractVerticle() {
              @Override
              public void start(Promise<Void> started) {
                vertx
                    .createNetServer()
                    .connectHandler(
                        socket -> {
                          assertOnItsLoop(socket, context);
                          contexts.add(context);
                          socket.handler(
                              buffer -> {
                                assertOnItsLoop(socket, context);
                                socket.write(buffer);
                              });
                        })
                    .listen(PORT, HOST)
                    .<Void>mapEmpty()
                    .onComplete(started);
              }
            };
    Await.get(
        vertx.deployVerticle(echo::get, new DeploymentOptions().setInstances(CORES)), "deployment");
    NetClient client = vertx.createNetClient();
    List<CompletableFuture<Void>> echoes = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      echoes.add(done);
      vertx.runOnContext(
          any -> {
            Context context = vertx.getOrCreateContext();
            client
                .connect(PORT, HOST)
                .onFailure(done::completeExceptionally)
                .onSuccess(socket -> echo(socket, context, done));
          });
    }
    echoes.forEach(each -> Await.get(each, "echo"));
    assertEquals(CORES, contexts.size());
  }

  private void echo(NetSocket socket, Context context, CompletableFuture<Void> done) {
    assertOnItsLoop(socket, context);
    socket.write("ping");
    socket.handler(
        buffer -> {
          assertOnItsLoop(socket, context);
          done.complete(null);
          socket.close();
        });
  }

  private void assertOnItsLoop(NetSocket socket, Context context) {
    Channel channel = ((NetSocketInternal) socket).channelHandlerContext().channel();
    if (!channel.eventLoop().inEventLoop()
        || channel.eventLoop() != ((ContextInternal) context).nettyEventLoop()
        || !(channel instanceof MosSocketChannel)) {
      wrongThreads.incrementAndGet();
    }
  }

  @Test
  void bigBodiesBothWays() {
    Await.get(deploy(CORES), "deployment");
    Buffer body = Buffer.buffer(new byte[8_000_000]);
    HttpClient client = vertx.createHttpClient();
    Buffer echo =
        Await.get(
            client
                .request(HttpMethod.POST, PORT, HOST, "/")
                .compose(request -> request.send(body))
                .compose(HttpClientResponse::body),
            "echo");
    assertEquals(body, echo);
  }

  @Test
  void filesAreSent(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), new byte[2_000_000]);
    Await.get(
        vertx
            .createHttpServer()
            .requestHandler(request -> request.response().sendFile(file.toString()))
            .listen(PORT, HOST),
        "bind");
    assertEquals(2_000_000, Await.get(get(vertx.createHttpClient(), HOST), "file").length());
  }

  @Test
  void http2InClearText() {
    Await.get(deploy(CORES), "deployment");
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setHttp2ClearTextUpgrade(false));
    List<Future<Buffer>> replies = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      replies.add(get(client, HOST));
    }
    replies.forEach(reply -> assertEquals("hello", Await.get(reply, "reply").toString()));
  }

  @Test
  void tls() {
    PfxOptions key = new PfxOptions().setPath(Keys.STORE.toString()).setPassword(Keys.PASSWORD);
    Await.get(
        vertx
            .createHttpServer(new HttpServerOptions().setSsl(true).setKeyCertOptions(key))
            .requestHandler(request -> request.response().end("hello"))
            .listen(PORT, HOST),
        "bind");
    HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions().setSsl(true).setTrustAll(true).setVerifyHost(false));
    assertEquals("hello", Await.get(get(client, HOST), "reply").toString());
  }

  @Test
  void webSocket() {
    Await.get(deploy(1), "deployment");
    WebSocketClient client = vertx.createWebSocketClient();
    CompletableFuture<String> echo = new CompletableFuture<>();
    WebSocket socket = Await.get(client.connect(PORT, HOST, "/"), "connect");
    socket.handler(buffer -> echo.complete(buffer.toString()));
    Await.get(socket.writeTextMessage("ping"), "write");
    assertEquals("ping", Await.get(echo, "echo"));
  }

  @Test
  void datagramsStayWithTheKernel() {
    Await.get(deploy(CORES), "deployment");
    DatagramSocket echo = vertx.createDatagramSocket();
    echo.handler(
        packet -> echo.send(packet.data(), packet.sender().port(), packet.sender().host()));
    Await.get(echo.listen(0, HOST), "bind");
    SocketAddress address = echo.localAddress();
    DatagramSocket client = vertx.createDatagramSocket();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<String> answer = new CompletableFuture<>();
      client.handler(packet -> answer.complete(packet.data().toString()));
      if (i == 0) {
        Await.get(client.listen(0, HOST), "bind");
      }
      Await.get(client.send("ping " + i, address.port(), HOST), "send");
      assertEquals("ping " + i, Await.get(answer, "answer"));
      getOverNewConnections(2);
    }
    assertTrue(served.size() > 1, "loops: " + served.keySet());
  }

  @Test
  void dnsClientUsesTheKernel() {
    Await.get(deploy(CORES), "deployment");
    try (LocalDns dns = new LocalDns()) {
      DnsClient client = vertx.createDnsClient(dns.address().getPort(), HOST);
      assertEquals(HOST, Await.get(client.lookup4(LocalDns.NAME), "lookup"));
      assertEquals(List.of(HOST), Await.get(client.resolveA(LocalDns.NAME), "resolve"));
      getOverNewConnections(5);
      Await.get(client.close(), "client's end");
      assertEquals(2, dns.answers());
    }
  }

  @Test
  void clientsResolveNamesByTheKernelsUdp() {
    try (LocalDns dns = new LocalDns()) {
      InetSocketAddress server = dns.address();
      AddressResolverOptions resolver =
          new AddressResolverOptions().addServer(HOST + ":" + server.getPort());
      Vertx named = builder().with(new VertxOptions().setAddressResolverOptions(resolver)).build();
      Await.get(
          named
              .createHttpServer()
              .requestHandler(request -> request.response().end("hello"))
              .listen(PORT, HOST),
          "bind");
      Future<Buffer> reply = get(named.createHttpClient(), LocalDns.NAME);
      assertEquals("hello", Await.get(reply, "reply").toString());
      assertTrue(dns.answers() > 0);
      Await.get(named.close(), "Vert.x's end");
    }
  }

  @Test
  void aTransportIsForOneVertx() {
    MosTransport transport = new MosTransport(Stacks.loopback(1));
    assertTrue(transport.available());
    Vertx first = Vertx.builder().withTransport(transport).build();
    assertThrows(
        IllegalStateException.class, () -> Vertx.builder().withTransport(transport).build());
    Await.get(first.close(), "Vert.x's end");
  }

  @Test
  void domainSocketsAreRefused() {
    Throwable cause =
        assertThrows(
                AssertionError.class,
                () ->
                    Await.get(
                        vertx
                            .createNetClient()
                            .connect(SocketAddress.domainSocketAddress("/nowhere")),
                        "connect"))
            .getCause();
    assertInstanceOf(IllegalArgumentException.class, cause);
    assertSame(IllegalArgumentException.class, cause.getClass());
  }

  @Test
  void exampleRuns() {
    VertxExample.main(new String[] {"reader"});
  }
}
