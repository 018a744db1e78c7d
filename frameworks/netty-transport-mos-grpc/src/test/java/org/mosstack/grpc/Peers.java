package org.mosstack.grpc;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mosstack.testkit.program.Await;

/** A test's servers and channels; closing them ends the loops. */
final class Peers {
  static final int TIMEOUT_SECONDS = 30;

  private final List<Server> servers = new ArrayList<>();
  private final List<ManagedChannel> channels = new ArrayList<>();

  /** Starts a server. */
  Server serve(ServerBuilder<?> builder, BindableService service) throws IOException {
    Server server = builder.addService(service).build().start();
    servers.add(server);
    return server;
  }

  /** Starts a server in the way that most programs do. */
  Server serve(BindableService service) throws IOException {
    return serve(ServerBuilder.forPort(0), service);
  }

  /** Makes a channel. */
  ManagedChannel connect(ManagedChannelBuilder<?> builder) {
    ManagedChannel channel = builder.build();
    channels.add(channel);
    return channel;
  }

  /** Makes a channel in the way that most programs do. */
  ManagedChannel connect(Server server) {
    return connect(ManagedChannelBuilder.forTarget(target(server)).usePlaintext());
  }

  static String target(Server server) {
    return "127.0.0.1:" + server.getPort();
  }

  /** Shuts all of them down, and returns when the loops have ended. */
  void close() throws InterruptedException {
    channels.forEach(ManagedChannel::shutdownNow);
    servers.forEach(Server::shutdownNow);
    for (ManagedChannel channel : channels) {
      assertTrue(channel.awaitTermination(TIMEOUT_SECONDS, TimeUnit.SECONDS));
      assertTrue(channel.isTerminated());
    }
    for (Server server : servers) {
      assertTrue(server.awaitTermination(TIMEOUT_SECONDS, TimeUnit.SECONDS));
      assertTrue(server.isTerminated());
    }
    awaitLoopsEnd();
  }

  /** Returns when the shared stack has no loops. */
  static void awaitLoopsEnd() throws InterruptedException {
    Await.until("the shared loops' end", TIMEOUT_SECONDS, () -> loops() == 0);
  }

  /** The shared stack's loops. */
  static long loops() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("mos-shared-"))
        .count();
  }
}
