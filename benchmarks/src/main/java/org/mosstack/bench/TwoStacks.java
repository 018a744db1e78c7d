package org.mosstack.bench;

import java.io.IOException;
import java.util.SplittableRandom;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.TcpConnection;
import org.mosstack.tcp.TcpError;
import org.mosstack.tcp.TcpHandler;

/**
 * Two stacks of one core each at the ends of a wire, driven in turns by the caller's thread. Time
 * is virtual and moves by a fixed step a turn, so that what is measured is the stack alone: no
 * thread is woken, no system call is made.
 */
final class TwoStacks {
  private static final int SERVER_ADDRESS = 0x0A00_0001;
  private static final int PORT = 80;
  private static final int BACKLOG = 1024;
  private static final long TURN_NANOS = 10_000;

  private final MosStack server;
  private final MosStack client;
  private final StackCore serverCore;
  private final StackCore clientCore;
  private long now = 1_000_000_000L;

  TwoStacks(int bufferBytes) {
    WireHub hub = new WireHub(new SplittableRandom(1));
    server = start("10.0.0.1/24", bufferBytes, hub);
    client = start("10.0.0.2/24", bufferBytes, hub);
    serverCore = server.core(0);
    clientCore = client.core(0);
    serverCore.attach();
    clientCore.attach();
  }

  private MosStack start(String address, int bufferBytes, WireHub hub) {
    String text =
        """
        application {
          type = end
          run = benchmark
          core_mask = 0x1
        }
        mos {
          max_concurrency = 20000
          rmem_size = %1$d
          wmem_size = %1$d
          tcp_timeout = -1
          netdev {
            dpdk0 0x1 %2$s wire=benchmark
          }
        }
        """
            .formatted(bufferBytes, address);
    return MosStack.builder(MosConfig.parse("benchmark.conf", text))
        .devices(hub)
        .clock(() -> now)
        .seed(address.hashCode())
        .allowOversubscribe(true)
        .start();
  }

  /** Accepts all connections for one handler. */
  void listen(TcpHandler handler) throws IOException {
    server.listen(
        0,
        PORT,
        BACKLOG,
        0,
        -1,
        (listener, core) -> {
          for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
            c.handler(handler);
          }
        });
  }

  void connect(TcpHandler handler) throws IOException {
    clientCore.connect(0, 0, SERVER_ADDRESS, PORT, 0, handler);
  }

  /** One turn of the client's core and one of the server's. */
  void turn() {
    clientCore.poll();
    serverCore.poll();
    now += TURN_NANOS;
  }

  /** TCP segments that both stacks have sent: each was also received. */
  long segments() {
    return server.count(Counter.TCP_SEGMENTS_SENT) + client.count(Counter.TCP_SEGMENTS_SENT);
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
