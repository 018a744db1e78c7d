package org.mosstack.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;

/** The loops live from the first server or channel to the end of the last. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class LeaseTest {
  private final Peers peers = new Peers();

  @AfterEach
  void end() throws InterruptedException {
    peers.close();
  }

  private static String greet(ManagedChannel channel) {
    GreetRequest request = GreetRequest.newBuilder().setName("you").build();
    return GreeterGrpc.newBlockingStub(channel).greet(request).getGreeting();
  }

  @Test
  void theLastOneEndsThem() throws Exception {
    assertEquals(0, Peers.loops());
    Server server = peers.serve(new Greeter());
    ManagedChannel first = peers.connect(server);
    ManagedChannel second = peers.connect(server);
    assertEquals("Hello, you", greet(first));
    assertTrue(first.shutdown().awaitTermination(Peers.TIMEOUT_SECONDS, TimeUnit.SECONDS));
    assertEquals("Hello, you", greet(second));
    assertTrue(Peers.loops() > 0);
    second.shutdown();
    server.shutdown();
    Peers.awaitLoopsEnd();
    assertTrue(second.isTerminated() && server.isTerminated());
    assertEquals("Hello, you", greet(peers.connect(peers.serve(new Greeter()))));
  }

  @Test
  void aServerThatDoesntStartEndsItself() throws Exception {
    Server server = peers.serve(new Greeter());
    Server second = ServerBuilder.forPort(server.getPort()).build();
    IOException failure = assertThrows(IOException.class, second::start);
    assertTrue(failure.getMessage().contains("Failed to bind"), failure.getMessage());
    assertTrue(second.isTerminated());
    server.shutdownNow();
    Peers.awaitLoopsEnd();
  }

  @Test
  void whatNeverConnectedEnds() throws Exception {
    Server server = ServerBuilder.forPort(0).build();
    assertFalse(server.isShutdown());
    server.shutdown();
    Peers.awaitLoopsEnd();
  }
}
