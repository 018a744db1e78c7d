package org.mosstack.sim;

import java.io.IOException;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * Two million segments between two stacks, full ones each way: a program for {@code
 * InlinedMemoryTest}.
 */
final class Traffic {
  private static final int PORT = 80;
  private static final int CONNECTIONS = 8;
  private static final int CHUNK = 4096;
  private static final long SEGMENTS = 2_000_000;
  private static final long VIRTUAL_SECONDS = 3600;

  private Traffic() {}

  /** Sends and reads forever. */
  private static final class Exchange extends QuietHandler {
    private final OffHeap memory;
    private final byte[] target = new byte[CHUNK];

    Exchange(OffHeap memory) {
      this.memory = memory;
    }

    @Override
    public void connected(TcpConnection c) {
      writable(c);
    }

    @Override
    public void writable(TcpConnection c) {
      int accepted;
      do {
        accepted = c.write(memory.address(), CHUNK, this);
      } while (accepted == CHUNK);
    }

    @Override
    public void readable(TcpConnection c) {
      while (c.read(target, 0, CHUNK) > 0) {
        // the content doesn't matter
      }
    }
  }

  public static void main(String[] arguments) throws IOException {
    try (OffHeap memory = OffHeap.map(CHUNK);
        StackPair sim = new StackPair.Setup(1).mos("wmem_size = 65536").start()) {
      Exchange exchange = new Exchange(memory);
      sim.server.listen(
          Endpoint.any(PORT),
          CONNECTIONS,
          SocketOptions.DEFAULT,
          -1,
          (listener, core) -> {
            for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
              c.handler(exchange);
              exchange.connected(c);
            }
          });
      for (int i = 0; i < CONNECTIONS; i++) {
        sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), exchange);
      }
      if (!sim.runUntil(
          () -> sim.server.count(Counter.TCP_SEGMENTS_RECEIVED) >= SEGMENTS, VIRTUAL_SECONDS)) {
        throw new AssertionError("the traffic stalled");
      }
    }
  }
}
