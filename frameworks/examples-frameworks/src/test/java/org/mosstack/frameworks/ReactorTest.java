package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramPacket;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.unix.DomainSocketChannel;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.SingletonDnsServerAddressStreamProvider;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.netty.MosServerSocketChannel;
import org.mosstack.netty.MosSocketChannel;
import org.mosstack.reactor.MosLoopResources;
import org.mosstack.testkit.Keys;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.Connection;
import reactor.netty.DisposableServer;
import reactor.netty.channel.AbortedException;
import reactor.netty.http.Http2SslContextSpec;
import reactor.netty.http.HttpProtocol;
import reactor.netty.http.client.HttpClient;
import reactor.netty.http.server.HttpServer;
import reactor.netty.http.server.HttpServerRequest;
import reactor.netty.http.server.HttpServerResponse;
import reactor.netty.resources.ConnectionProvider;
import reactor.netty.tcp.SslProvider.GenericSslContextSpec;
import reactor.netty.udp.UdpClient;
import reactor.netty.udp.UdpServer;

/** What Reactor Netty's users do, on a stack with two cores. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ReactorTest {
  private static final int CORES = 2;
  private static final Duration LIMIT = Duration.ofSeconds(Await.TIMEOUT_SECONDS);
  private static final int CHUNK = 64 * 1024;
  private static final int CHUNKS = 200;

  private final MosLoopResources loops = new MosLoopResources(Stacks.loopback(CORES));
  private final ConnectionProvider pool = ConnectionProvider.create("test", 8);
  private final Set<Channel> connections = ConcurrentHashMap.newKeySet();
  private final Set<EventLoop> serverLoops = ConcurrentHashMap.newKeySet();
  private DisposableServer server;

  private HttpServer http() {
    return HttpServer.create()
        .runOn(loops)
        .host("127.0.0.1")
        .port(0)
        .doOnConnection(
            connection -> {
              Channel channel = connection.channel();
              if (channel instanceof Http2StreamChannel) {
                channel = channel.parent();
              }
              assertTrue(channel.eventLoop().inEventLoop());
              assertInstanceOf(MosSocketChannel.class, channel);
              connections.add(channel);
              serverLoops.add(channel.eventLoop());
            })
        .route(
            routes ->
                routes
                    .get("/hello", ReactorTest::hello)
                    .get("/big", ReactorTest::big)
                    .post("/count", ReactorTest::count)
                    .ws("/echo", (in, out) -> out.send(in.receive().retain())));
  }

  private static Mono<Void> hello(HttpServerRequest request, HttpServerResponse response) {
    return response.sendString(Mono.just("hello")).then();
  }

  private static Mono<Void> big(HttpServerRequest request, HttpServerResponse response) {
    return response.send(chunks()).then();
  }

  private static Mono<Void> count(HttpServerRequest request, HttpServerResponse response) {
    Mono<String> sum = size(request.receive()).map(String::valueOf);
    return response.sendString(sum).then();
  }

  private static Flux<ByteBuf> chunks() {
    return Flux.range(0, CHUNKS).map(i -> Unpooled.wrappedBuffer(new byte[CHUNK]));
  }

  private static Mono<Long> size(Flux<ByteBuf> content) {
    return content.map(buffer -> (long) buffer.readableBytes()).reduce(0L, Long::sum);
  }

  private HttpClient client() {
    return HttpClient.create(pool).runOn(loops).remoteAddress(server::address);
  }

  private static Mono<String> get(HttpClient client, String uri) {
    return client.get().uri(uri).responseContent().aggregate().asString();
  }

  @AfterEach
  void end() {
    pool.disposeLater().block(LIMIT);
    if (server != null) {
      server.disposeNow(LIMIT);
    }
    loops.disposeLater(Duration.ZERO, Duration.ofSeconds(5)).block(LIMIT);
    assertTrue(loops.isDisposed());
    LeakCounter.assertNothingIsHeld();
  }

  @Test
  void connectionsAreKeptAndPooled() {
    server = http().bindNow();
    assertInstanceOf(MosServerSocketChannel.class, server.channel());
    ConnectionProvider single = ConnectionProvider.create("single", 1);
    HttpClient kept = HttpClient.create(single).runOn(loops).remoteAddress(server::address);
    for (int i = 0; i < 100; i++) {
      assertEquals("hello", get(kept, "/hello").block(LIMIT));
    }
    assertEquals(1, connections.size());
    single.disposeLater().block(LIMIT);
    connections.clear();
    List<String> all =
        Flux.range(0, 200).flatMap(i -> get(client(), "/hello"), 16).collectList().block(LIMIT);
    assertEquals(200, all.size());
    assertTrue(connections.size() <= 8, "connections: " + connections.size());
  }

  @Test
  void allLoopsServe() {
    server = http().bindNow();
    IntStream.range(0, 40)
        .forEach(i -> assertEquals("hello", get(client().keepAlive(false), "/hello").block(LIMIT)));
    assertEquals(40, connections.size());
    assertEquals(CORES, serverLoops.size());
  }

  @Test
  void bigBodiesAreStreamed() {
    server = http().bindNow();
    long expected = (long) CHUNK * CHUNKS;
    assertEquals(
        expected, size(client().get().uri("/big").responseContent()).block(LIMIT).longValue());
    String counted =
        client()
            .post()
            .uri("/count")
            .send(chunks())
            .responseContent()
            .aggregate()
            .asString()
            .block(LIMIT);
    assertEquals(String.valueOf(expected), counted);
  }

  /** The client reads a little and cancels: everything under way is released. */
  @Test
  void aResponseCanBeCancelled() {
    server = http().bindNow();
    List<Integer> sizes =
        client()
            .get()
            .uri("/big")
            .responseContent()
            .map(ByteBuf::readableBytes)
            .take(3)
            .collectList()
            .block(LIMIT);
    assertEquals(3, sizes.size());
  }

  @Test
  void http2InClearText() {
    server = http().protocol(HttpProtocol.H2C).bindNow();
    HttpClient client = client().protocol(HttpProtocol.H2C);
    List<String> all =
        Flux.range(0, 100).flatMap(i -> get(client, "/hello"), 50).collectList().block(LIMIT);
    assertEquals(100, all.size());
    assertEquals(
        (long) CHUNK * CHUNKS,
        size(client.get().uri("/big").responseContent()).block(LIMIT).longValue());
  }

  @Test
  void http2OverTls() throws Exception {
    GenericSslContextSpec<SslContextBuilder> forServer =
        Http2SslContextSpec.forServer(Keys.managers());
    GenericSslContextSpec<SslContextBuilder> forClient =
        Http2SslContextSpec.forClient()
            .configure(tls -> tls.trustManager(InsecureTrustManagerFactory.INSTANCE));
    server = http().protocol(HttpProtocol.H2).secure(tls -> tls.sslContext(forServer)).bindNow();
    HttpClient client = client().protocol(HttpProtocol.H2).secure(tls -> tls.sslContext(forClient));
    assertEquals("hello", get(client, "/hello").block(LIMIT));
    assertEquals(
        (long) CHUNK * CHUNKS,
        size(client.get().uri("/big").responseContent()).block(LIMIT).longValue());
  }

  @Test
  void webSocket() {
    server = http().bindNow();
    List<String> echoes =
        client()
            .websocket()
            .uri("/echo")
            .handle(
                (in, out) ->
                    out.sendString(Flux.range(0, 50).map(String::valueOf))
                        .then()
                        .thenMany(in.receive().asString().take(50)))
            .collectList()
            .block(LIMIT);
    assertEquals(IntStream.range(0, 50).mapToObj(String::valueOf).toList(), echoes);
  }

  /** A client in a server's handler is on the handler's loop: there is no thread switch. */
  @Test
  void clientsAreColocatedWithServers() {
    server = http().bindNow();
    HttpClient inner = HttpClient.newConnection().runOn(loops).remoteAddress(server::address);
    AtomicInteger sameThread = new AtomicInteger();
    DisposableServer proxy =
        HttpServer.create()
            .runOn(loops)
            .host("127.0.0.1")
            .port(0)
            .handle(
                (request, response) -> {
                  Thread thread = Thread.currentThread();
                  Mono<String> reply =
                      get(inner, "/hello")
                          .doOnNext(
                              text -> {
                                assertSame(thread, Thread.currentThread());
                                sameThread.incrementAndGet();
                              });
                  return response.sendString(reply);
                })
            .bindNow();
    for (int i = 0; i < 20; i++) {
      HttpClient outer = HttpClient.newConnection().runOn(loops).remoteAddress(proxy::address);
      assertEquals("hello", get(outer, "/").block(LIMIT));
    }
    assertEquals(20, sameThread.get());
    proxy.disposeNow(LIMIT);
  }

  @Test
  void namesAreResolvedByTheKernelsUdp() {
    server = http().bindNow();
    try (LocalDns dns = new LocalDns()) {
      HttpClient client =
          HttpClient.create(pool)
              .runOn(loops)
              .resolver(
                  spec ->
                      spec.dnsAddressResolverGroupProvider(
                          builder ->
                              new DnsAddressResolverGroup(
                                  builder.nameServerProvider(
                                      new SingletonDnsServerAddressStreamProvider(
                                          dns.address())))));
      String uri = "http://" + LocalDns.NAME + ":" + server.port() + "/hello";
      assertEquals("hello", get(client, uri).block(LIMIT));
      assertTrue(dns.answers() > 0);
    }
  }

  @Test
  void datagramsStayWithTheKernel() throws InterruptedException {
    Connection echo =
        UdpServer.create()
            .runOn(loops)
            .host("127.0.0.1")
            .port(0)
            .handle((in, out) -> out.sendObject(in.receiveObject().map(ReactorTest::turned)))
            .bindNow(LIMIT);
    assertInstanceOf(NioDatagramChannel.class, echo.channel());
    Connection client =
        UdpClient.create()
            .runOn(loops)
            .remoteAddress(() -> (InetSocketAddress) echo.channel().localAddress())
            .connectNow(LIMIT);
    server = http().bindNow();
    BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    client.inbound().receive().asString().subscribe(answers::add);
    for (int i = 0; i < 20; i++) {
      client.outbound().sendString(Mono.just("ping " + i)).then().block(LIMIT);
      assertEquals("ping " + i, answers.poll(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
      assertEquals("hello", get(client(), "/hello").block(LIMIT));
    }
    client.disposeNow(LIMIT);
    echo.disposeNow(LIMIT);
  }

  /** Returns the packet, addressed to its sender. */
  private static DatagramPacket turned(Object packet) {
    DatagramPacket received = (DatagramPacket) packet;
    return new DatagramPacket(received.content().retain(), received.sender());
  }

  @Test
  void reactorKnowsTheLoopsForThreadsThatMustNotBlock() {
    EventLoopGroup group = loops.onServer(true);
    Boolean nonBlocking =
        Await.get(group.next().submit(Schedulers::isInNonBlockingThread), "loop's answer");
    assertTrue(nonBlocking);
  }

  @Test
  void otherChannelsAreRefused() {
    EventLoopGroup group = loops.onClient(true);
    assertThrows(
        IllegalArgumentException.class, () -> loops.onChannel(DomainSocketChannel.class, group));
    assertThrows(
        IllegalArgumentException.class,
        () -> loops.onChannelClass(DomainSocketChannel.class, group));
    assertSame(
        MosSocketChannel.class,
        loops.onChannelClass(io.netty.channel.socket.SocketChannel.class, group));
  }

  @Test
  void exampleRuns() {
    ReactorExample.main(new String[] {"reader"});
  }

  /** Reactor Netty recognises them by their messages, which are the kernel's. */
  @Test
  void aResetAndABrokenPipeAreConnectionResets() throws Exception {
    BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
    try (Wire wire = new Wire()) {
      InetSocketAddress address =
          wire.serve(
              channel -> {
                channel.config().setOption(ChannelOption.SO_LINGER, 0);
                channel.eventLoop().execute(channel::close); // resets it
              });
      Channel client =
          wire.connect(
              address,
              channel -> {
                channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
                channel
                    .pipeline()
                    .addLast(
                        new ChannelInboundHandlerAdapter() {
                          @Override
                          public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
                            failures.add(cause);
                          }
                        });
              });
      Throwable reset = failures.poll(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertTrue(AbortedException.isConnectionReset(reset), String.valueOf(reset));
      Throwable pipe = client.writeAndFlush(Unpooled.wrappedBuffer(new byte[1])).await().cause();
      assertTrue(AbortedException.isConnectionReset(pipe), String.valueOf(pipe));
    }
  }
}
