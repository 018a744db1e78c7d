package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.device.Faults;
import org.mosstack.device.WireHub;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.StackPair;

/** A cable that is unplugged, plugged in again, or then leads to another machine. */
class LinkTest {
  private static final int PORT = 80;
  private static final String LARGE = "rmem_size = 65536\nwmem_size = 65536\n";

  private StackPair sim;
  private SwitchedPort serverPort;
  private SwitchedPort clientPort;
  private Peer client;
  private Peer server;

  private void start(int seed, String mos) {
    sim =
        new StackPair.Setup(seed)
            .mos(LARGE + mos)
            .faults(Faults.NONE.withDelay(1_000_000, 0)) // so that plenty is in flight
            .port(device -> serverPort = new SwitchedPort(device))
            .clientPort(device -> clientPort = new SwitchedPort(device))
            .start();
  }

  @AfterEach
  void close() {
    sim.close();
    for (Peer each : new Peer[] {client, server}) {
      if (each != null) {
        each.free();
      }
    }
  }

  private void cable(boolean in) {
    serverPort.up(in);
    clientPort.up(in);
  }

  private void listen() throws IOException {
    sim.server.listen(
        Endpoint.any(PORT),
        16,
        SocketOptions.DEFAULT,
        -1,
        (l, core) -> {
          for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
            server.start(c);
          }
        });
  }

  private void open(long up, long down) throws IOException {
    client = new Peer(1, up, 2, down);
    server = new Peer(2, down, 1, up);
    listen();
    connect();
  }

  private void connect() throws IOException {
    sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), client);
    sim.clientCore().flush(); // otherwise virtual time may pass before the SYN is seen in transit
  }

  /** Connects both ends, with nothing to send, open until told. */
  private void openIdle() throws IOException {
    client = new Peer(1, 0, 2, 0);
    server = new Peer(2, 0, 1, 0);
    client.closeWhenDone = false;
    server.closeWhenDone = false;
    listen();
    connect();
    assertTrue(sim.runUntil(() -> server.connection != null, 5));
    sim.run(1);
  }

  private static void assertAsleep(StackCore core) {
    assertTrue(core.prepareSleep(), "a link that is down keeps the core awake");
    core.finishSleep();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void aTransferOutlivesTwoSecondsWithoutLink(int seed) throws IOException {
    start(seed, "");
    open(2_000_000, 2_000_000);
    long half = 100_000L * (1 + seed);
    assertTrue(sim.runUntil(() -> server.received > half, 60), "seed " + seed);
    cable(false);
    sim.run(2);
    assertFalse(client.isClosed() || server.isClosed(), "seed " + seed);
    long received = server.received;
    cable(true);
    long restored = sim.now();
    assertTrue(sim.runUntil(() -> server.received > received, 5), "seed " + seed);
    double silent = (sim.now() - restored) / 1e9;
    // The third back-off from 200 ms ends 3 s after the first loss; the ARP request 1 s later.
    assertTrue(silent < 2.5, "seed " + seed + ": silent for " + silent + " s after the link");
    assertTrue(sim.runUntil(() -> client.isClosed() && server.isClosed(), 600), "seed " + seed);
    assertAll(
        "seed " + seed,
        () -> assertNull(client.mismatch),
        () -> assertNull(server.mismatch),
        () -> assertTrue(client.isComplete()),
        () -> assertTrue(server.isComplete()),
        () -> assertEquals(TcpError.NONE, client.error),
        () -> assertEquals(TcpError.NONE, server.error),
        () -> assertTrue(sim.client.count(Counter.DROP_LINK_DOWN) > 0));
    sim.run(10);
    assertEquals(0, sim.clientCore().buffersInUse() + sim.serverCore().buffersInUse());
  }

  @Test
  void nothingWaitsForALinkThatIsDown() throws IOException {
    start(1, "tcp_timeout = -1");
    open(2_000_000, 0);
    assertTrue(sim.runUntil(() -> server.received > 200_000, 60));
    sim.clientCore().poll();
    cable(false);
    sim.run(10); // long enough for packets queued for ARP to be dropped
    assertEquals(0, clientPort.refused, "frames were offered to a port without a link");
    assertEquals(0, serverPort.refused, "frames were offered to a port without a link");
    assertAsleep(sim.clientCore());
    assertAsleep(sim.serverCore());
  }

  /** Frames the port refused in the turn in which its link went down are dropped in the next. */
  @Test
  void framesThatWaitForAPortThatLostItsLinkAreDropped() throws IOException {
    start(1, "");
    openIdle();
    client.sendMore(20_000);
    long dropped = sim.client.count(Counter.DROP_LINK_DOWN);
    cable(false);
    sim.clientCore().flush(); // before the core has checked the link
    long refused = clientPort.refused;
    assertTrue(refused > 1, "refused " + refused);
    sim.clientCore().poll();
    assertEquals(dropped + refused, sim.client.count(Counter.DROP_LINK_DOWN));
    assertEquals(refused, clientPort.refused);
    cable(true);
    assertTrue(sim.runUntil(() -> server.received == 20_000, 10));
  }

  @Test
  void dataThatNobodyAcknowledgesTimesOut() throws IOException {
    start(2, "tcp_timeout = -1");
    open(2_000_000, 0);
    assertTrue(sim.runUntil(() -> server.received > 200_000, 60));
    cable(false);
    long since = sim.now();
    assertTrue(sim.runUntil(client::isClosed, 3600));
    assertEquals(TcpError.TIMED_OUT, client.error);
    double seconds = (sim.now() - since) / 1e9;
    assertTrue(seconds > 100 && seconds < 1000, "R2 of RFC 9293 section 3.8.3: " + seconds + " s");
    assertEquals(0, client.heldBuffers());
    sim.run(3600);
    assertNull(server.error, "it has nothing in flight");
  }

  /** The original's tcp_timeout expires before the back-off ends: the error is the same. */
  @Test
  void dataThatNobodyAcknowledgesTimesOutEarlierByTcpTimeout() throws IOException {
    start(3, "tcp_timeout = 30");
    open(2_000_000, 0);
    assertTrue(sim.runUntil(() -> server.received > 200_000, 60));
    cable(false);
    long since = sim.now();
    assertTrue(sim.runUntil(() -> client.isClosed() && server.isClosed(), 3600));
    assertEquals(TcpError.TIMED_OUT, client.error);
    assertEquals(TcpError.IDLE_TIMEOUT, server.error, "it only received");
    assertTrue(sim.now() - since < 120e9);
  }

  @Test
  void anIdleConnectionDoesNotNotice() throws IOException {
    start(4, "tcp_timeout = -1");
    openIdle();
    cable(false);
    sim.run(7200);
    assertFalse(client.isClosed() || server.isClosed());
    cable(true);
    client.sendMore(3000);
    assertTrue(sim.runUntil(() -> server.received == 3000, 5));
    assertNull(server.mismatch);
  }

  @Test
  void anIdleConnectionEndsByTcpTimeoutAsEver() throws IOException {
    start(5, "tcp_timeout = 30");
    openIdle();
    cable(false);
    long since = sim.now();
    assertTrue(sim.runUntil(() -> client.isClosed() && server.isClosed(), 100));
    assertEquals(TcpError.IDLE_TIMEOUT, client.error);
    assertEquals(TcpError.IDLE_TIMEOUT, server.error);
    assertTrue(sim.now() - since <= 30e9);
  }

  @Test
  void connectWithoutALinkFindsNoHost() throws IOException {
    start(6, "");
    cable(false);
    sim.run(1);
    client = new Peer(1, 0, 2, 0);
    long since = sim.now();
    connect();
    assertTrue(sim.runUntil(client::isClosed, 100));
    assertEquals(TcpError.HOST_UNREACHABLE, client.error);
    double seconds = (sim.now() - since) / 1e9;
    assertTrue(seconds > 2.9 && seconds < 3.1, "after " + seconds + " s");
  }

  /** Its SYN was sent; the retransmission finds the neighbour forgotten, and nobody to ask. */
  @Test
  void connectThatLosesItsLinkFindsNoHost() throws IOException {
    start(7, "");
    openIdle();
    Peer second = new Peer(1, 0, 2, 0);
    sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), second);
    cable(false);
    long since = sim.now();
    assertTrue(sim.runUntil(second::isClosed, 100));
    assertEquals(TcpError.HOST_UNREACHABLE, second.error);
    double seconds = (sim.now() - since) / 1e9;
    assertTrue(seconds > 3.9 && seconds < 4.1, "after " + seconds + " s");
    second.free();
  }

  @Test
  void connectWaitsForALinkThatComesInTime() throws IOException {
    start(8, "");
    cable(false);
    sim.run(1);
    open(1000, 1000);
    sim.run(1.5);
    cable(true);
    assertTrue(sim.runUntil(client::isClosed, 20));
    assertEquals(TcpError.NONE, client.error);
    assertTrue(client.isComplete());
  }

  /**
   * Another stack has the server's address, with another MAC address and without the connection.
   */
  @Test
  void aPeerThatStartedAnewResetsAndIsReached() throws IOException {
    start(9, "tcp_timeout = -1");
    open(2_000_000, 0);
    assertTrue(sim.runUntil(() -> server.received > 200_000, 60));
    long oldMac = serverPort.mac();
    cable(false);
    sim.run(0.5);
    sim.restartServer();
    assertNotEquals(oldMac, serverPort.mac());
    clientPort.up(true);
    assertTrue(sim.runUntil(client::isClosed, 10));
    assertEquals(TcpError.RESET, client.error);
    client.free();
    server.free();
    open(1000, 1000);
    long since = sim.now();
    assertTrue(sim.runUntil(client::isClosed, 20));
    assertEquals(TcpError.NONE, client.error);
    assertTrue(client.isComplete());
    assertTrue(sim.now() - since < 1e9, "the new MAC address was known, or asked for at once");
  }

  @Test
  void theLogTells(@TempDir Path logs) throws IOException {
    start(10, "");
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.of(0))
            .netdev("nic0 0x1 10.9.0.1/24 wire=free")
            .set(MosKeys.MOS_LOG, logs)
            .build();
    SwitchedPort[] port = new SwitchedPort[1];
    WireHub hub = new WireHub(new SplittableRandom(1));
    try (MosStack stack =
        MosStack.builder(config)
            .device(
                WireHub.WIRE,
                (name, arguments, queues) ->
                    port[0] = new SwitchedPort(hub.create(name, arguments, queues)))
            .clock(() -> 0)
            .allowOversubscribe(true)
            .start()) {
      port[0].up(false);
      stack.core(0).attach();
      for (boolean up : new boolean[] {false, true, true, false}) {
        port[0].up(up);
        stack.core(0).poll();
      }
      assertEquals(0, stack.count(Counter.DROP_LINK_DOWN), "nothing is announced to nobody");
    }
    List<String> lines =
        Files.readAllLines(logs.resolve("log_0")).stream()
            .map(line -> line.substring(line.indexOf(' ') + 1))
            .filter(line -> line.contains("link"))
            .toList();
    assertEquals(List.of("nic0: link down", "nic0: link up", "nic0: link down"), lines);
  }
}
