package org.mosstack.grpc;

import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A server whose shutdown ends its loops. Any thread. */
final class LeasingServer extends Server {
  private final Server server;
  private final LoopLease lease;

  /** A server that isn't started yet. */
  LeasingServer(Server server, LoopLease lease) {
    this.server = server;
    this.lease = lease;
  }

  /** Starts it, once: if that fails, it is shut down, so that it needs no call to end its loops. */
  @Override
  public Server start() throws IOException {
    try {
      server.start();
    } catch (Throwable t) {
      shutdownNow();
      throw t;
    }
    return this;
  }

  @Override
  public Server shutdown() {
    server.shutdown();
    lease.endAfter(server::awaitTermination);
    return this;
  }

  @Override
  public Server shutdownNow() {
    server.shutdownNow();
    lease.endAfter(server::awaitTermination);
    return this;
  }

  @Override
  public int getPort() {
    return server.getPort();
  }

  @Override
  public List<? extends SocketAddress> getListenSockets() {
    return server.getListenSockets();
  }

  @Override
  public List<ServerServiceDefinition> getServices() {
    return server.getServices();
  }

  @Override
  public List<ServerServiceDefinition> getImmutableServices() {
    return server.getImmutableServices();
  }

  @Override
  public List<ServerServiceDefinition> getMutableServices() {
    return server.getMutableServices();
  }

  @Override
  public boolean isShutdown() {
    return server.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return server.isTerminated();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return server.awaitTermination(timeout, unit);
  }

  @Override
  public void awaitTermination() throws InterruptedException {
    server.awaitTermination();
  }

  @Override
  public String toString() {
    return server.toString();
  }
}
