package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.StackCore;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpListener;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.FrameMutator;
import org.mosstack.testkit.FrameTap;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * Sends random and mutated frames to a live stack whose connections are in all states: nothing
 * throws, nothing leaks, and the stack keeps working.
 */
class FrameFuzzTest {
  private static final int PORT = 80;
  private static final int QUIET_PORT = 81;
  private static final int FRAMES = 150_000;
  private static final int FRAMES_PER_STEP = 25;
  private static final int CONNECTIONS = 40;

  /** One run. The frames go to the server; both ends' applications act at random. */
  private static final class Run implements AutoCloseable {
    final SplittableRandom random;
    final FrameMutator mutator;
    final FrameTap[] taps = new FrameTap[1];
    final StackPair sim;
    final OffHeap memory = OffHeap.map(8192);
    final List<Application> live = new ArrayList<>();
    final List<byte[]> models = new ArrayList<>();
    final Set<TcpState> seen = EnumSet.noneOf(TcpState.class);
    int opened;
    int closed;
    int held;
    TcpListener quiet;
    boolean ending;

    Run(int seed) throws IOException {
      random = new SplittableRandom(seed);
      mutator = new FrameMutator(random.split());
      sim =
          new StackPair.Setup(seed)
              .mos("tcp_timeout = 60\ntcp_tw_interval = 1")
              .port(device -> taps[0] = new FrameTap(device))
              .start();
      taps[0].onReceived(this::learn);
      taps[0].lose(_ -> random.nextInt(20) == 0);
      sim.server.listen(
          Endpoint.any(PORT),
          64,
          SocketOptions.DEFAULT,
          -1,
          (l, core) -> acceptAll(l.accept(core), l, core));
      // Nobody accepts connections from this one: its queues fill.
      quiet =
          sim.server.listen(Endpoint.any(QUIET_PORT), 4, SocketOptions.DEFAULT, -1, (_, _) -> {});
      sim.client.listen(
          Endpoint.any(PORT),
          64,
          SocketOptions.DEFAULT,
          -1,
          (l, core) -> acceptAll(l.accept(core), l, core));
    }

    private void acceptAll(TcpConnection first, TcpListener l, int core) {
      for (TcpConnection c = first; c != null; c = l.accept(core)) {
        Application application = new Application(this);
        opened++;
        application.connection = c;
        c.handler(application);
        live.add(application);
      }
    }

    /** Recent frames are the models: their numbers are those of live connections. */
    private void learn(byte[] frame) {
      if (models.size() < 200) {
        models.add(frame);
      } else {
        models.set(random.nextInt(models.size()), frame);
      }
    }

    void open(StackCore core, int to) {
      Application application = new Application(this);
      int[] ports = {PORT, PORT, PORT, QUIET_PORT, 9};
      try {
        int port = ports[random.nextInt(ports.length)];
        application.connection = core.connect(Endpoints.of(to, port), application);
        opened++;
        live.add(application);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }

    void step() {
      while (live.size() < CONNECTIONS) {
        if (random.nextBoolean()) {
          open(sim.clientCore(), StackPair.SERVER_ADDRESS);
        } else {
          // Sometimes to a host that doesn't exist.
          int to = StackPair.CLIENT_ADDRESS + (random.nextInt(4) == 0 ? 9 : 0);
          open(sim.serverCore(), to);
        }
      }
      for (int i = 0; i < FRAMES_PER_STEP && !models.isEmpty(); i++) {
        byte[] model = models.get(random.nextInt(models.size()));
        boolean noise = random.nextInt(10) == 0;
        taps[0].inject(0, noise ? mutator.noise(model) : mutated(model));
      }
      // The list may change meanwhile.
      for (Application application : List.copyOf(live)) {
        if (random.nextInt(4) == 0) {
          application.act();
        }
      }
      sim.run(random.nextInt(50) == 0 ? random.nextDouble(3) : random.nextDouble(0.003));
      for (Application application : live) {
        seen.add(application.connection.state());
      }
    }

    /**
     * Most keep valid checksums, so that they get as deep into the stack as an attacker's would.
     */
    private byte[] mutated(byte[] model) {
      byte[] other = models.get(random.nextInt(models.size()));
      return mutator.mutate(model, other, random.nextInt(10) != 0);
    }

    void end() {
      ending = true;
      taps[0].lose(_ -> false);
      assertTrue(sim.runUntil(() -> taps[0].waiting() == 0, 10));
      for (Application application : List.copyOf(live)) {
        if (random.nextBoolean()) {
          application.connection.close();
        } else {
          application.connection.abort();
        }
      }
    }

    @Override
    public void close() {
      sim.close();
      memory.close();
    }
  }

  /** One end of a connection, without a plan. */
  private static final class Application extends QuietHandler {
    final Run run;
    final byte[] target = new byte[4096];
    TcpConnection connection;
    boolean reads = true;

    Application(Run run) {
      this.run = run;
    }

    void act() {
      SplittableRandom random = run.random;
      switch (random.nextInt(24)) {
        case 0, 1, 2, 3, 4, 5, 6, 7 -> write(1 + random.nextInt(8000));
        case 8, 9 -> reads = !reads;
        case 10 -> connection.shutdownOutput();
        case 11 -> connection.noDelay(random.nextBoolean());
        case 12 -> connection.keepAliveTimes(1, 1, 3);
        case 13 -> connection.keepAlive(random.nextBoolean());
        case 14 -> connection.userTimeoutMillis(random.nextInt(5000));
        case 15 -> connection.receiveBuffer(random.nextInt(20_000));
        case 16 -> connection.sendBuffer(random.nextInt(20_000));
        case 17 -> {
          if (random.nextInt(8) == 0) {
            connection.abort();
          }
        }
        case 18 -> {
          if (random.nextInt(4) == 0) {
            connection.shutdownInput();
          }
        }
        case 19 -> {
          if (random.nextInt(4) == 0) {
            connection.close();
          }
        }
        default -> readable(connection);
      }
    }

    private void write(int length) {
      if (connection.write(run.memory.address(), length, this) > 0) {
        run.held++;
      }
    }

    @Override
    public void readable(TcpConnection c) {
      int n = 1;
      while (reads && n > 0) {
        n = c.read(target, 0, target.length);
      }
      if (run.ending && c.endOfStream()) {
        c.close();
      }
    }

    @Override
    public void released(TcpConnection c, Object buffer) {
      run.held--;
    }

    @Override
    public void closed(TcpConnection c, TcpError error) {
      if (!run.live.remove(this)) {
        throw new AssertionError("closed twice, or never opened");
      }
      run.closed++;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4})
  void survives(int seed) throws IOException {
    try (Run run = new Run(seed)) {
      for (int frames = 0; frames < FRAMES; frames += FRAMES_PER_STEP) {
        run.step();
      }
      String what = "seed " + seed;
      // Every state except SYN_RECEIVED, which accepted connections have left.
      Set<TcpState> unseen = EnumSet.complementOf(EnumSet.copyOf(run.seen));
      unseen.remove(TcpState.SYN_RECEIVED);
      assertEquals(Set.of(), unseen, what);
      run.end();
      assertTrue(run.sim.runUntil(() -> run.live.isEmpty(), 600), what + ": " + run.live.size());
      freshConnectionWorks(run.sim, what);
      run.quiet.close();
      run.quiet.drain(0); // connections that ended in its queue are kept until accepted
      run.sim.run(600); // TIME_WAIT
      assertClean(run, what);
    }
  }

  private static void freshConnectionWorks(StackPair sim, String what) throws IOException {
    Peer client = new Peer(1, 100_000, 2, 200_000);
    Peer server = new Peer(2, 200_000, 1, 100_000);
    sim.server.listen(
        Endpoint.any(8080),
        1,
        SocketOptions.DEFAULT,
        -1,
        (l, core) -> server.start(l.accept(core)));
    sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, 8080), client);
    boolean done = sim.runUntil(() -> client.isClosed() && server.isClosed(), 60);
    assertTrue(done, () -> what + ": a fresh connection stalls: " + client.events);
    assertAll(
        what,
        () -> assertNull(client.mismatch),
        () -> assertNull(server.mismatch),
        () -> assertTrue(client.isComplete()),
        () -> assertTrue(server.isComplete()));
    client.free();
    server.free();
  }

  private static void assertClean(Run run, String what) {
    StackPair sim = run.sim;
    assertAll(
        what,
        () -> assertEquals(run.opened, run.closed, "each connection is closed once"),
        () -> assertEquals(0, run.held, "written buffers not given back"),
        () -> assertEquals(0, sim.serverCore().connections()),
        () -> assertEquals(0, sim.clientCore().connections()),
        () -> assertEquals(0, sim.serverCore().timers()),
        () -> assertEquals(0, sim.clientCore().timers()),
        () -> assertEquals(0, sim.serverCore().buffersInUse()),
        () -> assertEquals(0, sim.clientCore().buffersInUse()),
        () -> assertEquals(0, sim.server.count(Counter.PACKET_EXCEPTIONS)),
        () -> assertEquals(0, sim.server.count(Counter.HANDLER_EXCEPTIONS)),
        () -> assertEquals(0, sim.client.count(Counter.PACKET_EXCEPTIONS)),
        () -> assertEquals(0, sim.client.count(Counter.HANDLER_EXCEPTIONS)));
  }

  /** The mutator's checksums agree with the stack's: a good frame stays unchanged. */
  @Test
  void checksumsAreMadeAsTheStackMakesThem() throws IOException {
    try (Run run = new Run(9)) {
      for (int i = 0; i < 20; i++) {
        run.step();
      }
      int compared = 0;
      for (byte[] model : run.models) {
        if (model[12] == 8 && model[13] == 0) {
          byte[] frame = model.clone();
          FrameBytes.mend(frame);
          assertArrayEquals(model, frame);
          compared++;
        }
      }
      assertTrue(compared > 50, compared + " compared only");
    }
  }
}
