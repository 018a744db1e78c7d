package org.mosstack.bench.memif;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.TimeUnit;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * Opens and closes connections to {@link Echo}'s server, several at once, without Netty; see {@code
 * bin/bench raw}.
 */
public final class Accepts {
  private static final int PORT = 7;
  private static final long WARM_UP_NANOS = TimeUnit.SECONDS.toNanos(4);
  private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int WINDOWS = 5;

  private final StackCore core;
  private int toOpen;
  private long opened;

  private Accepts(StackCore core, int atOnce) {
    this.core = core;
    toOpen = atOnce;
  }

  /** {@code Accepts SOCKET CPU AT-ONCE}: prints the rate in each of several time windows. */
  public static void main(String[] args) throws IOException {
    int cpu = Integer.parseInt(args[1]);
    MosStack stack = MosStack.builder(Memif.config(false, args[0], cpu)).start();
    StackCore core = stack.core(0);
    core.attach();
    Accepts accepts = new Accepts(core, Integer.parseInt(args[2]));
    accepts.rate(WARM_UP_NANOS);
    for (int i = 0; i < WINDOWS; i++) {
      System.out.printf("rate %.0f%n", accepts.rate(WINDOW_NANOS));
    }
    Runtime.getRuntime().halt(0); // the loop's thread is this one: nothing is left to shut down
  }

  private double rate(long nanos) throws IOException {
    long before = opened;
    long start = System.nanoTime();
    long now = start;
    while (now - start < nanos) {
      for (; toOpen > 0; toOpen--) {
        core.connect(new Endpoint(Ip4Address.toInet(Memif.SERVER_ADDRESS), PORT), new Closing());
      }
      core.poll();
      now = System.nanoTime();
    }
    return (opened - before) * 1e9 / (now - start);
  }

  private final class Closing implements TcpHandler {
    @Override
    public void connected(TcpConnection c) {
      opened++;
      c.close();
    }

    @Override
    public void readable(TcpConnection c) {}

    @Override
    public void writable(TcpConnection c) {}

    @Override
    public void released(TcpConnection c, Object buffer) {}

    @Override
    public void closed(TcpConnection c, TcpError error) {
      if (error != TcpError.NONE) {
        throw new UncheckedIOException(new IOException("a connection was closed: " + error));
      }
      toOpen++;
    }
  }
}
