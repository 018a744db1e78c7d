package org.mosstack.frameworks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.frameworks.grpc.proto.GreetReply;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;
import org.mosstack.netty.MosEventLoopGroup;
import org.mosstack.testkit.Keys;

/** What gRPC's users do, on a stack with two cores. */
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class GrpcTest {
  private static final int CORES = 2;

  private final EventLoopGroup group = new MosEventLoopGroup(Stacks.loopback(CORES));
  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  private Server start(GreeterGrpc.GreeterImplBase service) throws Exception {
    return start(GrpcExample.server(group, 0).addService(service));
  }

  private Server start(NettyServerBuilder builder) throws Exception {
    Server server = builder.build().start();
    servers.add(server);
    return server;
  }

  private ManagedChannel connect(Server server) {
    return connect(GrpcExample.client(group, server.getPort()).usePlaintext());
  }

  private ManagedChannel connect(NettyChannelBuilder builder) {
    ManagedChannel channel = builder.build();
    channels.add(channel);
    return channel;
  }

  @AfterEach
  void end() throws InterruptedException {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
    }
    for (Server server : servers) {
      server.shutdownNow();
    }
    for (ManagedChannel channel : channels) {
      assertTrue(channel.awaitTermination(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }
    for (Server server : servers) {
      assertTrue(server.awaitTermination(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    }
    Await.get(group.shutdownGracefully(0, 5, TimeUnit.SECONDS), "group's end");
    LeakCounter.assertNothingIsHeld();
  }

  private static GreetRequest request(String name) {
    return GreetRequest.newBuilder().setName(name).build();
  }

  /** Collects a stream's greetings. */
  private static final class Collector implements StreamObserver<GreetReply> {
    final CompletableFuture<List<String>> all = new CompletableFuture<>();
    private final List<String> greetings = new ArrayList<>();

    @Override
    public void onNext(GreetReply reply) {
      greetings.add(reply.getGreeting());
    }

    @Override
    public void onError(Throwable cause) {
      all.completeExceptionally(cause);
    }

    @Override
    public void onCompleted() {
      all.complete(greetings);
    }
  }

  @Test
  void unary() throws Exception {
    var stub = GreeterGrpc.newBlockingStub(connect(start(new GreeterService())));
    for (int i = 0; i < 200; i++) {
      assertEquals("Hello, " + i, stub.greet(request("" + i)).getGreeting());
    }
  }

  @Test
  void manyClientsAtOnce() throws Exception {
    Server server = start(new GreeterService());
    List<CompletableFuture<String>> replies = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      var stub = GreeterGrpc.newStub(connect(server));
      for (int k = 0; k < 20; k++) {
        Collector collector = new Collector();
        stub.greet(request(i + "/" + k), collector);
        replies.add(collector.all.thenApply(List::getFirst));
      }
    }
    for (int i = 0; i < replies.size(); i++) {
      String expected = "Hello, " + i / 20 + "/" + i % 20;
      assertEquals(expected, Await.get(replies.get(i), "reply " + i));
    }
  }

  @Test
  void clientStreaming() throws Exception {
    var stub = GreeterGrpc.newStub(connect(start(new GreeterService())));
    Collector collector = new Collector();
    StreamObserver<GreetRequest> names = stub.greetAll(collector);
    names.onNext(request("Anna"));
    names.onNext(request("Bert"));
    names.onCompleted();
    assertEquals(List.of("Hello, Anna and Bert"), Await.get(collector.all, "reply"));
  }

  @Test
  void serverStreaming() throws Exception {
    var stub = GreeterGrpc.newBlockingStub(connect(start(new GreeterService())));
    Iterator<GreetReply> replies =
        stub.greetOften(GreetRequest.newBuilder().setName("you").setTimes(1000).build());
    int count = 0;
    for (; replies.hasNext(); count++) {
      assertEquals("Hello, you", replies.next().getGreeting());
    }
    assertEquals(1000, count);
  }

  @Test
  void bidirectionalStreaming() throws Exception {
    var stub = GreeterGrpc.newStub(connect(start(new GreeterService())));
    Collector collector = new Collector();
    StreamObserver<GreetRequest> names = stub.greetEach(collector);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      names.onNext(request("" + i));
      expected.add("Hello, " + i);
    }
    names.onCompleted();
    assertEquals(expected, Await.get(collector.all, "replies"));
  }

  @Test
  void bigMessages() throws Exception {
    int bytes = 3_000_000;
    var stub = GreeterGrpc.newBlockingStub(connect(start(new GreeterService())));
    GreetReply reply = stub.greet(GreetRequest.newBuilder().setPayloadBytes(bytes).build());
    assertEquals(ByteString.copyFrom(new byte[bytes]), reply.getPayload());
  }

  /** The client takes one big message at a time; the server may not run ahead without limit. */
  @Test
  void flowControlHoldsTheServerBack() throws Exception {
    int messages = 40;
    int bytes = 500_000;
    CompletableFuture<Integer> done = new CompletableFuture<>();
    GreeterGrpc.newStub(connect(start(new GreeterService())))
        .greetOften(
            GreetRequest.newBuilder().setTimes(messages).setPayloadBytes(bytes).build(),
            new ClientResponseObserver<GreetRequest, GreetReply>() {
              private ClientCallStreamObserver<GreetRequest> call;
              private int received;

              @Override
              public void beforeStart(ClientCallStreamObserver<GreetRequest> stream) {
                call = stream;
                call.disableAutoRequestWithInitial(1);
              }

              @Override
              public void onNext(GreetReply reply) {
                received += reply.getPayload().size();
                call.request(1);
              }

              @Override
              public void onError(Throwable cause) {
                done.completeExceptionally(cause);
              }

              @Override
              public void onCompleted() {
                done.complete(received);
              }
            });
    assertEquals(messages * bytes, Await.get(done, "stream"));
  }

  @Test
  void tls() throws Exception {
    var forServer = SslContextBuilder.forServer(Keys.managers());
    var forClient = GrpcSslContexts.forClient().trustManager(InsecureTrustManagerFactory.INSTANCE);
    Server server =
        start(
            GrpcExample.server(group, 0)
                .sslContext(GrpcSslContexts.configure(forServer, SslProvider.JDK).build())
                .addService(new GreeterService()));
    var stub =
        GreeterGrpc.newBlockingStub(
            connect(
                GrpcExample.client(group, server.getPort())
                    .sslContext(GrpcSslContexts.configure(forClient, SslProvider.JDK).build())));
    int bytes = 1_000_000;
    GreetReply reply =
        stub.greet(GreetRequest.newBuilder().setName("TLS").setPayloadBytes(bytes).build());
    assertEquals("Hello, TLS", reply.getGreeting());
    assertEquals(bytes, reply.getPayload().size());
  }

  /** Never answers, and reports when a call is cancelled. */
  private static final class Silent extends GreeterGrpc.GreeterImplBase {
    final CountDownLatch called = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);

    @Override
    public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
      Context.current().addListener(context -> cancelled.countDown(), Runnable::run);
      called.countDown();
    }
  }

  @Test
  void deadline() throws Exception {
    Silent silent = new Silent();
    var stub = GreeterGrpc.newBlockingStub(connect(start(silent)));
    var failure =
        assertThrows(
            StatusRuntimeException.class,
            () -> stub.withDeadlineAfter(300, TimeUnit.MILLISECONDS).greet(request("nobody")));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
    Await.latch(silent.cancelled, "the server hears of it");
  }

  @Test
  void cancellation() throws Exception {
    Silent silent = new Silent();
    var call = GreeterGrpc.newFutureStub(connect(start(silent))).greet(request("nobody"));
    Await.latch(silent.called, "call");
    call.cancel(true);
    Await.latch(silent.cancelled, "the server hears of it");
  }

  /** The call under way is answered; the client is told to go away, and no new call is accepted. */
  @Test
  void gracefulShutdown() throws Exception {
    CompletableFuture<StreamObserver<GreetReply>> caller = new CompletableFuture<>();
    Server server =
        start(
            new GreeterGrpc.GreeterImplBase() {
              @Override
              public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
                caller.complete(replies);
              }
            });
    var underWay = GreeterGrpc.newFutureStub(connect(server)).greet(request("you"));
    StreamObserver<GreetReply> replies = Await.get(caller, "call");
    server.shutdown();
    var late = GreeterGrpc.newBlockingStub(connect(server));
    var failure = assertThrows(StatusRuntimeException.class, () -> late.greet(request("late")));
    assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
    assertFalse(server.isTerminated());
    replies.onNext(GreetReply.newBuilder().setGreeting("in time").build());
    replies.onCompleted();
    assertEquals("in time", Await.get(underWay, "reply").getGreeting());
    assertTrue(server.awaitTermination(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  void clientsReconnectWhenTheServerIsBack() throws Exception {
    Server first = start(new GreeterService());
    ManagedChannel channel = connect(first);
    var stub = GreeterGrpc.newBlockingStub(channel).withWaitForReady();
    assertEquals("Hello, 1", stub.greet(request("1")).getGreeting());
    int port = first.getPort();
    CountDownLatch noticed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.READY, noticed::countDown);
    first.shutdownNow();
    assertTrue(first.awaitTermination(Await.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    Await.latch(noticed, "the client notices");
    start(GrpcExample.server(group, port).addService(new GreeterService()));
    assertEquals("Hello, 2", stub.greet(request("2")).getGreeting());
  }

  @Test
  void exampleRuns() throws Exception {
    GrpcExample.main(new String[] {"reader"});
  }
}
