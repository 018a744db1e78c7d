package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.device.Faults;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * In the steady state, two whole stacks, from device to application and back, allocate nothing per
 * packet.
 */
class AllocationTest {
  private static final int PORT = 80;
  private static final long ROUND_PACKETS = 1_000_000;

  /**
   * What the JVM may allocate on this thread in a whole round, for instance when it replaces code.
   */
  private static final long ALLOWED_BYTES = 10_000;

  /** During the first rounds, the JIT still compiles. */
  private static final int ROUNDS = 8;

  /** Made once: what the application itself allocates for each connection isn't the stack's. */
  private static final Endpoint SERVER = Endpoints.of(StackPair.SERVER_ADDRESS, PORT);

  private final OffHeap memory = OffHeap.map(1 << 16);
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Writes forever. */
  private final class Source extends QuietHandler {
    @Override
    public void connected(TcpConnection c) {
      pump(c);
    }

    @Override
    public void writable(TcpConnection c) {
      pump(c);
    }

    private void pump(TcpConnection c) {
      int accepted;
      do {
        accepted = c.write(memory.address(), 4096, this);
      } while (accepted == 4096);
    }
  }

  /** Reads forever. */
  private static final class Sink extends QuietHandler {
    final byte[] target = new byte[4096];

    @Override
    public void readable(TcpConnection c) {
      while (c.read(target, 0, target.length) > 0) {
        // the content doesn't matter
      }
    }
  }

  /** Sends a message for each one it receives. */
  private final class Ball extends QuietHandler {
    final int sendBytes;
    final int receiveBytes;

    Ball(int sendBytes, int receiveBytes) {
      this.sendBytes = sendBytes;
      this.receiveBytes = receiveBytes;
    }

    @Override
    public void connected(TcpConnection c) {
      throwIt(c);
    }

    @Override
    public void readable(TcpConnection c) {
      while (c.available() >= receiveBytes) {
        c.read(memory.address() + 4096, receiveBytes);
        throwIt(c);
      }
    }

    private void throwIt(TcpConnection c) {
      if (c.write(memory.address(), sendBytes, this) != sendBytes) {
        throw new AssertionError("a message wasn't taken");
      }
    }
  }

  private static void listen(MosStack stack, QuietHandler handler) throws IOException {
    stack.listen(
        Endpoint.any(PORT),
        128,
        SocketOptions.DEFAULT,
        -1,
        (l, core) -> {
          for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
            c.handler(handler);
          }
        });
  }

  private static long packets(StackPair sim) {
    return sim.server.count(Counter.TCP_SEGMENTS_SENT)
        + sim.client.count(Counter.TCP_SEGMENTS_SENT)
        + sim.server.count(Counter.TCP_SEGMENTS_RECEIVED)
        + sim.client.count(Counter.TCP_SEGMENTS_RECEIVED);
  }

  /** Runs rounds until one is clean: from then on, nothing is allocated per packet. */
  private void assertSteadyStateAllocatesNothing(StackPair sim) {
    long[] end = new long[1];
    BooleanSupplier roundOver = () -> packets(sim) >= end[0];
    long least = Long.MAX_VALUE;
    for (int round = 0; round < ROUNDS && least > ALLOWED_BYTES; round++) {
      end[0] = packets(sim) + ROUND_PACKETS;
      long before = threads.getCurrentThreadAllocatedBytes();
      boolean ended = sim.runUntil(roundOver, 3600);
      least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
      assertTrue(ended, "the traffic stalled");
    }
    assertTrue(least <= ALLOWED_BYTES, least + " bytes for " + ROUND_PACKETS + " packets");
    assertEquals(0, sim.server.count(Counter.PACKET_EXCEPTIONS));
    assertEquals(0, sim.server.count(Counter.HANDLER_EXCEPTIONS));
    assertEquals(0, sim.client.count(Counter.PACKET_EXCEPTIONS));
    assertEquals(0, sim.client.count(Counter.HANDLER_EXCEPTIONS));
    memory.close();
  }

  /** Cut and joined in software, and whole. */
  @ParameterizedTest
  @ValueSource(ints = {1, 0})
  void bulkTransfer(int checksums) throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(1)
            .mos("rmem_size = 65536\nwmem_size = 65536")
            .wireOptions(",checksum=" + checksums);
    try (StackPair sim = setup.start()) {
      listen(sim.server, new Sink());
      for (int i = 0; i < 8; i++) {
        sim.clientCore().connect(SERVER, new Source());
      }
      assertSteadyStateAllocatesNothing(sim);
    }
  }

  @Test
  void bulkTransferThroughPortsThatOffloadChecksums() throws IOException {
    StackPair.Setup setup =
        new StackPair.Setup(5)
            .mos("wmem_size = 65536")
            .port(device -> new OffloadingPort(device, OffloadingPort.Kind.NIC))
            .clientPort(device -> new OffloadingPort(device, OffloadingPort.Kind.NIC));
    try (StackPair sim = setup.start()) {
      listen(sim.server, new Sink());
      for (int i = 0; i < 8; i++) {
        sim.clientCore().connect(SERVER, new Source());
      }
      assertSteadyStateAllocatesNothing(sim);
    }
  }

  @Test
  void requestsAndResponses() throws IOException {
    try (StackPair sim = new StackPair.Setup(2).start()) {
      listen(sim.server, new Ball(500, 100));
      for (int i = 0; i < 64; i++) {
        sim.clientCore().connect(SERVER, new Ball(100, 500));
      }
      assertSteadyStateAllocatesNothing(sim);
    }
  }

  /** Recovery, reassembly, timers and challenge ACKs are part of the steady state, too. */
  @Test
  void bulkTransferOverABadWire() throws IOException {
    Faults faults =
        Faults.NONE
            .withLoss(0.01)
            .withReorder(0.02)
            .withDuplicate(0.01)
            .withCorrupt(0.01)
            .withDelay(100_000, 100_000);
    try (StackPair sim = new StackPair.Setup(3).faults(faults).start()) {
      listen(sim.server, new Sink());
      for (int i = 0; i < 32; i++) {
        sim.clientCore().connect(SERVER, new Source());
      }
      assertSteadyStateAllocatesNothing(sim);
    }
  }

  /** Opening takes connections from the core's pool, closing returns them. */
  @Test
  void shortConnections() throws IOException {
    try (StackPair sim = new StackPair.Setup(4).start()) {
      QuietHandler closing =
          new QuietHandler() {
            @Override
            public void readable(TcpConnection c) {
              while (c.read(memory.address() + 4096, 4096) > 0) {
                // the content doesn't matter
              }
              if (c.endOfStream()) {
                c.close();
              }
            }
          };
      listen(sim.server, closing);
      for (int i = 0; i < 64; i++) {
        open(sim, closing);
      }
      assertSteadyStateAllocatesNothing(sim);
    }
  }

  private void open(StackPair sim, QuietHandler closing) {
    QuietHandler opening =
        new QuietHandler() {
          @Override
          public void connected(TcpConnection c) {
            c.write(memory.address(), 100, this);
            c.shutdownOutput();
          }

          @Override
          public void readable(TcpConnection c) {
            closing.readable(c);
          }

          @Override
          public void closed(TcpConnection c, TcpError error) {
            again();
          }

          void again() {
            try {
              sim.clientCore().connect(SERVER, this);
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        };
    opening.closed(null, null);
  }
}
