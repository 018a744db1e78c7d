package org.mosstack.bench.memif;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * Messages of 64 bytes over TCP and back, between two processes, without Netty; see {@code
 * bin/bench forward}. Each connection has one message in flight.
 */
public final class Echo {
  private static final int MESSAGE_BYTES = 64;
  private static final int PORT = 7;
  private static final int BACKLOG = 4096;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(2);
  private static final int WINDOWS = 5;
  private static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final long memory = Arena.global().allocate(MESSAGE_BYTES).address();
  private final Histogram latency = new Histogram(MAX_NANOS, 3);
  private long answers;

  private Echo() {}

  /** {@code Echo server SOCKET CPU}, or {@code Echo client SOCKET CPU CONNECTIONS}. */
  public static void main(String[] args) throws IOException {
    boolean server = args[0].equals("server");
    int cpu = Integer.parseInt(args[2]);
    MosStack stack = MosStack.builder(Memif.config(server, args[1], cpu)).start();
    StackCore core = stack.core(0);
    core.attach();
    Echo echo = new Echo();
    if (server) {
      echo.serve(stack, core);
    } else {
      echo.ask(core, Integer.parseInt(args[3]));
    }
  }

  private void serve(MosStack stack, StackCore core) throws IOException {
    Answering answering = new Answering();
    stack.listen(
        Endpoint.any(PORT),
        BACKLOG,
        SocketOptions.DEFAULT,
        -1,
        (listener, c) -> {
          for (TcpConnection next = listener.accept(c); next != null; next = listener.accept(c)) {
            next.noDelay(true);
            next.handler(answering);
          }
        });
    System.out.println("ready");
    while (true) {
      core.poll();
    }
  }

  private void ask(StackCore core, int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      core.connect(new Endpoint(Ip4Address.toInet(Memif.SERVER_ADDRESS), PORT), new Asking());
    }
    runFor(core, WARM_UP_NANOS);
    latency.reset();
    for (int i = 0; i < WINDOWS; i++) {
      long before = answers;
      long nanos = runFor(core, WINDOW_NANOS);
      System.out.printf("%d rate %.0f%n", connections, (answers - before) * 1e9 / nanos);
    }
    System.out.printf(
        "%d rtt_us %.2f %.2f %.2f%n",
        connections,
        latency.getValueAtPercentile(50) / 1e3,
        latency.getValueAtPercentile(99) / 1e3,
        latency.getValueAtPercentile(99.9) / 1e3);
    Runtime.getRuntime().halt(0); // the loop's thread is this one: nothing is left to shut down
  }

  private static long runFor(StackCore core, long nanos) {
    long start = System.nanoTime();
    long now = start;
    while (now - start < nanos) {
      for (int i = 0; i < 64; i++) {
        core.poll();
      }
      now = System.nanoTime();
    }
    return now - start;
  }

  /** Shared by both ends: a connection that ends is a failure. */
  private abstract static class Handler implements TcpHandler {
    @Override
    public void connected(TcpConnection c) {}

    @Override
    public void writable(TcpConnection c) {}

    @Override
    public void released(TcpConnection c, Object buffer) {}

    @Override
    public void closed(TcpConnection c, TcpError error) {}
  }

  private final class Answering extends Handler {
    @Override
    public void readable(TcpConnection c) {
      while (c.available() >= MESSAGE_BYTES) {
        c.read(memory, MESSAGE_BYTES);
        c.write(memory, MESSAGE_BYTES, this);
      }
      if (c.endOfStream()) {
        c.close();
      }
    }
  }

  private final class Asking extends Handler {
    private long asked;

    @Override
    public void connected(TcpConnection c) {
      c.noDelay(true);
      ask(c);
    }

    private void ask(TcpConnection c) {
      asked = System.nanoTime();
      c.write(memory, MESSAGE_BYTES, this);
    }

    @Override
    public void readable(TcpConnection c) {
      while (c.available() >= MESSAGE_BYTES) {
        c.read(memory, MESSAGE_BYTES);
        latency.recordValue(Math.min(System.nanoTime() - asked, MAX_NANOS));
        answers++;
        ask(c);
      }
    }

    @Override
    public void closed(TcpConnection c, TcpError error) {
      throw new IllegalStateException("a connection was closed: " + error);
    }
  }
}
