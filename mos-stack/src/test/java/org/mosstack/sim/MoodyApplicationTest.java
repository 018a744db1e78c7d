package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Faults;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.stats.Counter;
import org.mosstack.tcp.TcpConnection;
import org.mosstack.tcp.TcpError;
import org.mosstack.tcp.TcpHandler;

/**
 * Applications that read and write when they feel like it, in pieces of any size, and change their
 * options on the way, over small buffers and bad wires: windows close and open all the time, and
 * nothing may stall or be lost.
 */
class MoodyApplicationTest {
  private static final int PORT = 80;
  private static final int RUNS = 100;

  /** Turns of the applications, of 5 milliseconds on average: over an hour. */
  private static final int MAX_STEPS = 800_000;

  /** One end; acts between turns, from a source of its own choices. */
  private static final class Moody implements TcpHandler {
    private final SplittableRandom random;
    private final byte toSend;
    private final OffHeap memory;
    private final int bytes;
    private final int expected;
    private final byte[] target = new byte[5000];
    private final List<String> events = new ArrayList<>();
    private TcpConnection connection;
    private TcpError error;
    private int written;
    private int received;
    private int accepted;
    private int released;
    private boolean end;
    private boolean blocked;
    private String mismatch;

    Moody(SplittableRandom random, int seed, int bytes, int expected) {
      this.random = random;
      this.toSend = (byte) seed;
      this.bytes = bytes;
      this.expected = expected;
      memory = OffHeap.map(bytes + 1);
      for (int i = 0; i < bytes; i++) {
        Memory.putByte(memory.address() + i, Peer.pattern(toSend, i));
      }
    }

    void start(TcpConnection c) {
      connection = c;
      c.handler(this);
    }

    void act() {
      if (connection == null || error != null || !events.contains("open")) {
        return;
      }
      switch (random.nextInt(40)) {
        case 0, 1, 2 -> read(1 + random.nextInt(target.length));
        case 3 -> read(1);
        case 4, 5, 6 -> write(1 + random.nextInt(3000));
        case 7 -> write(1);
        case 8 -> connection.noDelay(random.nextBoolean());
        case 9 -> connection.receiveBuffer(2048 << random.nextInt(4));
        case 10 -> connection.sendBuffer(2048 << random.nextInt(4));
        case 11 -> connection.quickAck(random.nextBoolean());
        default -> {}
      }
      if (written == bytes && !connection.isOutputShutdown() && random.nextInt(10) == 0) {
        connection.shutdownOutput();
      }
      if (end && connection.isOutputShutdown() && random.nextInt(10) == 0) {
        connection.close();
      }
    }

    private void write(int wanted) {
      int length = Math.min(wanted, bytes - written);
      if (length == 0 || blocked) {
        return; // as a transport does: it waits for writable()
      }
      int n = connection.write(memory.address() + written, length, memory);
      written += n;
      accepted += n > 0 ? 1 : 0;
      blocked = n < length;
    }

    private void read(int length) {
      int n = connection.read(target, 0, length);
      for (int i = 0; i < n; i++) {
        if (target[i] != Peer.pattern((byte) (toSend ^ 3), received + i) && mismatch == null) {
          mismatch = "byte " + (received + i);
        }
      }
      received += Math.max(n, 0);
      end |= n < 0;
    }

    @Override
    public void connected(TcpConnection c) {
      events.add("open");
    }

    @Override
    public void readable(TcpConnection c) {
      if (random.nextInt(3) == 0) {
        read(1 + random.nextInt(target.length));
      }
    }

    @Override
    public void writable(TcpConnection c) {
      blocked = false;
    }

    @Override
    public void released(TcpConnection c, Object buffer) {
      released++;
    }

    @Override
    public void closed(TcpConnection c, TcpError e) {
      events.add("closed " + e);
      error = e;
      connection = null;
    }
  }

  @Test
  void nothingStallsOrIsLost() throws IOException {
    int connected = 0;
    for (int seed = 0; seed < RUNS; seed++) {
      connected += run(seed) ? 1 : 0;
    }
    assertTrue(connected >= RUNS * 9 / 10, connected + " of " + RUNS + " connected");
  }

  private static boolean run(int seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    Faults faults = Faults.NONE;
    if (random.nextBoolean()) {
      faults =
          Faults.NONE
              .withLoss(random.nextDouble(0.1))
              .withReorder(random.nextDouble(0.1))
              .withDuplicate(random.nextDouble(0.05))
              .withDelay(random.nextLong(20_000_000), random.nextLong(2_000_000));
    }
    Simulation.Setup setup =
        new Simulation.Setup(seed)
            .faults(faults)
            .mos("tcp_timeout = -1\ntcp_tw_interval = 240")
            .mos("rmem_size = " + (2048 << random.nextInt(5)))
            .mos("wmem_size = " + (2048 << random.nextInt(5)));
    int up = random.nextInt(30_000);
    int down = random.nextInt(30_000);
    try (Simulation sim = setup.start()) {
      Moody client = new Moody(random.split(), 1, up, down);
      Moody server = new Moody(random.split(), 2, down, up);
      sim.server.listen(
          0,
          PORT,
          16,
          0,
          -1,
          (l, core) -> {
            for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
              server.start(c);
              server.events.add("open");
            }
          });
      client.start(sim.clientCore().connect(0, 0, Simulation.SERVER_ADDRESS, PORT, 0, client));
      boolean done = false;
      for (int step = 0; step < MAX_STEPS && !done; step++) {
        client.act();
        server.act();
        sim.run(random.nextDouble(0.01));
        done = client.error != null && (server.error != null || !client.events.contains("open"));
      }
      if (!client.events.contains("open")) {
        return false;
      }
      String state =
          "seed "
              + seed
              + " "
              + faults
              + ": client "
              + client.events
              + " "
              + client.received
              + "/"
              + down
              + ", server "
              + server.events
              + " "
              + server.received
              + "/"
              + up;
      assertTrue(done, () -> "stalled, " + state);
      sim.run(400);
      assertAll(
          state,
          () -> assertNull(client.mismatch),
          () -> assertNull(server.mismatch),
          () -> assertEquals(client.expected, client.received),
          () -> assertEquals(server.expected, server.received),
          () -> assertEquals(TcpError.NONE, client.error),
          () -> assertEquals(TcpError.NONE, server.error),
          () -> assertEquals(client.accepted, client.released),
          () -> assertEquals(server.accepted, server.released),
          () -> assertEquals(0, sim.serverCore().buffersInUse() + sim.clientCore().buffersInUse()),
          () -> assertEquals(0, sim.serverCore().timers() + sim.clientCore().timers()),
          () -> assertEquals(0, sim.serverCore().connections() + sim.clientCore().connections()),
          () -> assertEquals(0, sim.server.count(Counter.HANDLER_EXCEPTIONS)),
          () -> assertEquals(0, sim.client.count(Counter.HANDLER_EXCEPTIONS)));
      client.memory.close();
      server.memory.close();
      return true;
    }
  }
}
