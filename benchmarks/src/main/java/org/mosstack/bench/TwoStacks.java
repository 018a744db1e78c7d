package org.mosstack.bench;

import java.io.IOException;
import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;
import org.mosstack.stats.Counter;
import org.mosstack.stats.StackStats;

/**
 * Two stacks at the ends of a wire, a client with one core and a server with one or more, driven in
 * turns by the caller's thread. Time is virtual and advances by a fixed step per turn, so that only
 * the stack is measured: no thread is woken, and no system call is made.
 */
final class TwoStacks {
  private static final int SERVER_ADDRESS = 0x0A00_0001;
  private static final int FIRST_PORT = 80;
  private static final int CONNECTIONS_PER_PORT = 16_000;
  private static final int PORTS = 64;
  private static final int BACKLOG = 1024;
  private static final long TURN_NANOS = 10_000;

  private final MosStack server;
  private final MosStack client;
  private final StackCore[] serverCores;
  private final StackCore clientCore;
  private long now = 1_000_000_000L;
  private int connects;

  TwoStacks(int bufferBytes) {
    this(bufferBytes, 1, 1);
  }

  /** Creates stacks with a server whose end of the wire may have fewer queues than it has cores. */
  TwoStacks(int bufferBytes, int cores, int queues) {
    WireHub hub = new WireHub(new SplittableRandom(1));
    server = start(cores, "10.0.0.1/24 wire=benchmark,queues=" + queues, bufferBytes, hub);
    client = start(1, "10.0.0.2/24 wire=benchmark", bufferBytes, hub);
    serverCores = new StackCore[cores];
    for (int i = 0; i < cores; i++) {
      serverCores[i] = server.core(i);
      serverCores[i].attach();
    }
    clientCore = client.core(0);
    clientCore.attach();
  }

  private MosStack start(int cores, String device, int bufferBytes, WireHub hub) {
    String text =
        """
        application {
          type = end
          run = benchmark
          core_mask = %2$s
        }
        mos {
          max_concurrency = 1100000
          max_num_buffers = 65536
          rmem_size = %1$d
          wmem_size = %1$d
          tcp_timeout = -1
          netdev {
            dpdk0 %2$s %3$s
          }
        }
        """
            .formatted(bufferBytes, CoreMask.range(cores), device);
    return MosStack.builder(MosConfig.parse("benchmark.conf", text))
        .device(WireHub.WIRE, hub)
        .clock(() -> now)
        .seed(device.hashCode())
        .allowOversubscribe(true)
        .start();
  }

  /** Accepts all connections, with one handler. */
  void listen(TcpHandler handler) throws IOException {
    for (int port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
      server.listen(
          Endpoint.any(port),
          BACKLOG,
          SocketOptions.DEFAULT,
          -1,
          (listener, core) -> {
            for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
              c.handler(handler);
            }
          });
    }
  }

  /**
   * Connects to a port that has connections left: a client uses a different local port for each.
   */
  void connect(TcpHandler handler) throws IOException {
    int port = FIRST_PORT + connects++ / CONNECTIONS_PER_PORT;
    clientCore.connect(new Endpoint(Ip4Address.toInet(SERVER_ADDRESS), port), handler);
  }

  /** Takes one turn of the client's core and one of each of the server's. */
  void turn() {
    clientCore.poll();
    for (StackCore core : serverCores) {
      core.poll();
    }
    now += TURN_NANOS;
  }

  /** Returns the TCP segments sent by both stacks: each was also received. */
  long segments() {
    return server.count(Counter.TCP_SEGMENTS_SENT) + client.count(Counter.TCP_SEGMENTS_SENT);
  }

  /** Throws if a connection was closed: an exception in its handler would only be counted. */
  void expectNoneClosed() {
    if (server.count(Counter.HANDLER_EXCEPTIONS) + client.count(Counter.HANDLER_EXCEPTIONS) > 0) {
      throw new IllegalStateException("a connection was closed");
    }
  }

  /** Returns the server's figures. */
  StackStats serverStats() {
    return server.stats();
  }

  /** Does nothing; benchmarks override what they need. */
  abstract static class Handler implements TcpHandler {
    @Override
    public void connected(TcpConnection c) {}

    @Override
    public void readable(TcpConnection c) {}

    @Override
    public void writable(TcpConnection c) {}

    @Override
    public void released(TcpConnection c, Object buffer) {}

    @Override
    public void closed(TcpConnection c, TcpError error) {
      throw new IllegalStateException("the connection was closed: " + error);
    }
  }
}
