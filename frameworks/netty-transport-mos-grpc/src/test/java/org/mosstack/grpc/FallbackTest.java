package org.mosstack.grpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.mosstack.config.ConfigException;
import org.mosstack.frameworks.grpc.proto.GreetRequest;
import org.mosstack.frameworks.grpc.proto.GreeterGrpc;

/** What goes to the kernel, if it may. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FallbackTest {
  private static final String CONFIGURATION = "mos.conf";
  private static final String FALLBACK = "mos.fallback";

  private final Peers peers = new Peers();

  @AfterEach
  void end() throws InterruptedException {
    System.clearProperty(CONFIGURATION);
    System.clearProperty(FALLBACK);
    peers.close();
  }

  private static void greetOften(ManagedChannel channel) {
    GreeterGrpc.GreeterBlockingStub stub = GreeterGrpc.newBlockingStub(channel);
    for (int i = 0; i < 100; i++) {
      GreetRequest request = GreetRequest.newBuilder().setName("" + i).build();
      assertEquals("Hello, " + i, stub.greet(request).getGreeting());
    }
  }

  /** The server is seen by a client of the kernel's. */
  @Test
  void aStackThatDoesntStartIsReplaced() throws Exception {
    System.setProperty(CONFIGURATION, "/missing/mos.conf");
    System.setProperty(FALLBACK, "true");
    Server server = peers.serve(new Greeter());
    greetOften(peers.connect(server));
    assertEquals(0, Peers.loops());
    greetOften(peers.connect(NettyChannelBuilder.forTarget(Peers.target(server)).usePlaintext()));
  }

  @Test
  void aStackThatDoesntStartIsAnError() {
    System.setProperty(CONFIGURATION, "/missing/mos.conf");
    ServerBuilder<?> builder = ServerBuilder.forPort(0);
    ConfigException failure = assertThrows(ConfigException.class, builder::build);
    assertTrue(failure.getMessage().contains("/missing/mos.conf"), failure.getMessage());
  }

  /** Nobody in this process listens there: another one might. */
  @Test
  void aServerOfTheKernelsIsReached() throws Exception {
    System.setProperty(FALLBACK, "true");
    Server kernel = peers.serve(NettyServerBuilder.forPort(0), new Greeter());
    greetOften(peers.connect(kernel));
    assertTrue(Peers.loops() > 0);
  }
}
