package org.mosstack.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.ByteString;
import io.grpc.ConnectivityState;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.StackLease;
import org.mosstack.frameworks.grpc.proto.GreetReply;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;
import org.mosstack.testkit.Keys;

/** What gRPC's users do, without a word about the transport: on the shared stack's loopback. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class GrpcTest {
  private static final int BIG = 10_000_000;

  private final StackLease lease = StackLease.take();
  private final Peers peers = new Peers();

  @AfterEach
  void end() throws InterruptedException {
    try {
      peers.close();
    } finally {
      lease.close();
    }
    assertFalse(lease.stack().core(0).execute(() -> {}), "the stack goes on");
  }

  private static GreetRequest request(String name) {
    return GreetRequest.newBuilder().setName(name).build();
  }

  private static GreetRequest request(int times, int bytes) {
    return GreetRequest.newBuilder().setTimes(times).setPayloadBytes(bytes).build();
  }

  /** Asserts that a server and its channels are connected by the stack. */
  private void assertOnStack(int channels) {
    assertEquals(2 * channels, lease.stack().flows());
  }

  private static void await(CountDownLatch latch) throws InterruptedException {
    assertTrue(latch.await(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  void unary() throws Exception {
    var stub = GreeterGrpc.newBlockingStub(peers.connect(peers.serve(new Greeter())));
    for (int i = 0; i < 1000; i++) {
      assertEquals("Hello, " + i, stub.greet(request("" + i)).getGreeting());
    }
    assertOnStack(1);
  }

  @Test
  void manyChannels() throws Exception {
    Server server = peers.serve(new Greeter());
    List<ListenableFuture<GreetReply>> replies = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      var stub = GreeterGrpc.newFutureStub(peers.connect(server));
      for (int k = 0; k < 50; k++) {
        replies.add(stub.greet(request(i + "/" + k)));
      }
    }
    for (int i = 0; i < replies.size(); i++) {
      GreetReply reply = replies.get(i).get(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS);
      assertEquals("Hello, " + i / 50 + "/" + i % 50, reply.getGreeting());
    }
    assertOnStack(20);
  }

  @Test
  void bidirectionalStreaming() throws Exception {
    Collector collector = new Collector();
    StreamObserver<GreetRequest> names =
        GreeterGrpc.newStub(peers.connect(peers.serve(new Greeter()))).greetEach(collector);
    List<String> expected = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      names.onNext(request("" + i));
      expected.add("Hello, " + i);
    }
    names.onCompleted();
    assertEquals(expected, collector.greetings());
  }

  @Test
  void aBigStreamToTheServer() throws Exception {
    Collector collector = new Collector();
    StreamObserver<GreetRequest> names =
        GreeterGrpc.newStub(peers.connect(peers.serve(new Greeter()))).greetAll(collector);
    for (int i = 0; i < 100; i++) {
      names.onNext(request("x".repeat(BIG / 100)));
    }
    names.onCompleted();
    assertEquals(List.of("Hello, " + BIG), collector.greetings());
  }

  /** The client takes one message at a time; the server may not run ahead without limit. */
  @Test
  void aBigStreamFromTheServer() throws Exception {
    int messages = 100;
    ByteString expected = Greeter.payload(BIG / messages);
    CompletableFuture<Integer> done = new CompletableFuture<>();
    GreeterGrpc.newStub(peers.connect(peers.serve(new Greeter())))
        .greetOften(
            request(messages, BIG / messages),
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
                received += reply.getPayload().equals(expected) ? 1 : 0;
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
    assertEquals(messages, done.get(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
  }

  /** By builders of Netty's own, which have a way to the stack, too. */
  @Test
  void aBigMessage() throws Exception {
    Server server =
        peers.serve(
            MosGrpc.server(
                NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
                    .flowControlWindow(1 << 20)),
            new Greeter());
    ManagedChannel channel =
        peers.connect(
            MosGrpc.channel(
                NettyChannelBuilder.forTarget(Peers.target(server))
                    .flowControlWindow(1 << 20)
                    .maxInboundMessageSize(2 * BIG)
                    .usePlaintext()));
    assertEquals(
        Greeter.payload(BIG),
        GreeterGrpc.newBlockingStub(channel).greet(request(1, BIG)).getPayload());
    assertOnStack(1);
  }

  @Test
  void tls() throws Exception {
    Server server =
        peers.serve(
            Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.newBuilder()
                    .keyManager(Keys.managers().getKeyManagers())
                    .build()),
            new Greeter());
    ManagedChannel channel =
        peers.connect(
            Grpc.newChannelBuilder(
                    Peers.target(server),
                    TlsChannelCredentials.newBuilder()
                        .trustManager(InsecureTrustManagerFactory.INSTANCE.getTrustManagers())
                        .build())
                .maxInboundMessageSize(2 * BIG));
    assertEquals(
        Greeter.payload(BIG),
        GreeterGrpc.newBlockingStub(channel).greet(request(1, BIG)).getPayload());
    assertOnStack(1);
  }

  /** Never answers, and tells when a call is cancelled. */
  private static final class Silent extends GreeterGrpc.GreeterImplBase {
    final CountDownLatch called = new CountDownLatch(1);
    final CountDownLatch cancelled = new CountDownLatch(1);

    @Override
    public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
      Context.current().addListener(_ -> cancelled.countDown(), Runnable::run);
      called.countDown();
    }
  }

  @Test
  void aDeadline() throws Exception {
    Silent silent = new Silent();
    var stub = GreeterGrpc.newBlockingStub(peers.connect(peers.serve(silent)));
    var failure =
        assertThrows(
            StatusRuntimeException.class,
            () -> stub.withDeadlineAfter(300, TimeUnit.MILLISECONDS).greet(request("nobody")));
    assertEquals(Status.Code.DEADLINE_EXCEEDED, failure.getStatus().getCode());
    await(silent.cancelled);
  }

  @Test
  void aCancelledCall() throws Exception {
    Silent silent = new Silent();
    var call = GreeterGrpc.newFutureStub(peers.connect(peers.serve(silent))).greet(request(""));
    await(silent.called);
    call.cancel(true);
    await(silent.cancelled);
  }

  /** The call under way is answered, and keeps the loops; a new one is refused. */
  @Test
  void aGracefulShutdown() throws Exception {
    CompletableFuture<StreamObserver<GreetReply>> caller = new CompletableFuture<>();
    Server server =
        peers.serve(
            new GreeterGrpc.GreeterImplBase() {
              @Override
              public void greet(GreetRequest request, StreamObserver<GreetReply> replies) {
                caller.complete(replies);
              }
            });
    ManagedChannel channel = peers.connect(server);
    var underWay = GreeterGrpc.newFutureStub(channel).greet(request("you"));
    StreamObserver<GreetReply> replies = caller.get(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS);
    server.shutdown();
    channel.shutdown();
    var late = GreeterGrpc.newBlockingStub(peers.connect(server));
    var failure = assertThrows(StatusRuntimeException.class, () -> late.greet(request("late")));
    assertEquals(Status.Code.UNAVAILABLE, failure.getStatus().getCode());
    assertFalse(server.isTerminated());
    assertFalse(channel.isTerminated());
    replies.onNext(GreetReply.newBuilder().setGreeting("in time").build());
    replies.onCompleted();
    assertEquals("in time", underWay.get(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS).getGreeting());
    assertTrue(server.awaitTermination(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    assertTrue(channel.awaitTermination(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
  }

  @Test
  void channelsReconnectWhenTheServerIsBack() throws Exception {
    Server first = peers.serve(new Greeter());
    ManagedChannel channel = peers.connect(first);
    var stub = GreeterGrpc.newBlockingStub(channel).withWaitForReady();
    assertEquals("Hello, 1", stub.greet(request("1")).getGreeting());
    CountDownLatch noticed = new CountDownLatch(1);
    channel.notifyWhenStateChanged(ConnectivityState.READY, noticed::countDown);
    int port = first.getPort();
    first.shutdownNow();
    assertTrue(first.awaitTermination(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    await(noticed);
    peers.serve(ServerBuilder.forPort(port), new Greeter());
    assertEquals("Hello, 2", stub.greet(request("2")).getGreeting());
    assertEquals(ConnectivityState.READY, channel.getState(false));
  }
}
