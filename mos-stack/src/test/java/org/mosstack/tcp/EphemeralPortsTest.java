package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Rss;
import org.mosstack.ip.Path;
import org.mosstack.socket.SocketOptions;

/** Local ports of active opens. */
class EphemeralPortsTest {
  private static final int QUEUES = 4;
  private static final int QUEUE = 2;
  private static final int LOCAL = 0x7F00_0001;
  private static final int REMOTE = 0x7F00_0002;
  private static final int REMOTE_PORT = 80;

  private final LoopbackTcp loopback = new LoopbackTcp(QUEUES, QUEUE);
  private final FlowTable flows = loopback.tcp.flows;
  private final TakenPorts takenPorts = new TakenPorts();
  private final EphemeralPorts ports = search(loopback.tcp, loopback.listeners, takenPorts, 9);
  private final Path path = loopback.ip.path(REMOTE);
  private final Rss rss = loopback.device.capabilities().rss().orElseThrow();

  private static EphemeralPorts search(
      TcpCore core, ListenerTable listeners, TakenPorts taken, int seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return new EphemeralPorts(
        core, core.flows, core.timeWaits, listeners, core.placement, taken, random);
  }

  @AfterEach
  void free() {
    loopback.close();
  }

  private int choose(int wanted) throws BindException {
    return ports.choose(path, LOCAL, wanted, REMOTE, REMOTE_PORT);
  }

  private Tcb open(int port, int remotePort) {
    Tcb c = new Connection(loopback.tcp);
    c.localAddress = LOCAL;
    c.localPort = port;
    c.remoteAddress = REMOTE;
    c.remotePort = remotePort;
    flows.add(c);
    return c;
  }

  private boolean comesBack(int port) {
    return rss.queue(REMOTE, LOCAL, REMOTE_PORT, port) == QUEUE;
  }

  /** The connection that uses the port may live on another core, serving the listener's flows. */
  @Test
  void aPortOfAMovedFlowIsInUse() throws BindException {
    int port = choose(0);
    loopback.listeners.movedFlows(0).offer(LOCAL, port, REMOTE, REMOTE_PORT, 1, 0);
    assertThrows(BindException.class, () -> choose(port));
  }

  @Test
  void everyPortOfThisCoreOnceThenNone() throws BindException {
    Set<Integer> expected = new HashSet<>();
    for (int port = 1024; port < 65536; port++) {
      if (comesBack(port)) {
        expected.add(port);
      }
    }
    Set<Integer> chosen = new HashSet<>();
    for (int i = 0; i < expected.size(); i++) {
      int port = choose(0);
      assertTrue(chosen.add(port), "port " + port + " twice");
      open(port, REMOTE_PORT);
    }
    assertEquals(expected, chosen);
    BindException none = assertThrows(BindException.class, () -> choose(0));
    assertEquals(
        "Cannot assign requested address: no free local port towards 127.0.0.2:80",
        none.getMessage());
    assertTrue(
        ports.choose(path, LOCAL, 0, REMOTE, REMOTE_PORT + 1) > 0, "another remote port is free");
  }

  @Test
  void listeningPortsAreNotTaken() throws BindException {
    int free = choose(0);
    for (int port = 1024; port < 65536; port++) {
      if (port != free && comesBack(port)) { // others aren't chosen anyway
        loopback.listeners.bind(
            0, port, 1, SocketOptions.DEFAULT, -1, (_, _) -> {}, new SplittableRandom(1));
      }
    }
    for (int i = 0; i < 5; i++) {
      assertEquals(free, choose(0));
    }
  }

  @Test
  void aWantedPort() throws BindException {
    int mine = 5000;
    while (!comesBack(mine)) {
      mine++;
    }
    int foreign = mine;
    while (comesBack(foreign)) {
      foreign++;
    }
    int wanted = mine;
    int other = foreign;
    assertEquals(wanted, choose(wanted));
    open(wanted, REMOTE_PORT);
    BindException used = assertThrows(BindException.class, () -> choose(wanted));
    assertEquals("Address already in use: 127.0.0.1:" + wanted, used.getMessage());
    BindException wrong = assertThrows(BindException.class, () -> choose(other));
    assertEquals(
        "Cannot assign requested address: local port "
            + other
            + " belongs to another core for this destination; let the stack choose it",
        wrong.getMessage());
  }

  /** The other ends of a core's connections over loopback: it is itself the last in the row. */
  @Test
  void overLoopbackTheOtherEndsAreOnEachCoreInTurn() throws BindException {
    int[] ends = new int[QUEUES];
    for (int i = 0; i < 1000; i++) {
      int port = choose(0);
      open(port, REMOTE_PORT);
      int end = rss.queue(LOCAL, REMOTE, port, REMOTE_PORT);
      ends[end]++;
      if (i < QUEUES) {
        assertEquals((loopback.tcp.index() + 1 + i) % QUEUES, end);
      }
    }
    for (int count : ends) {
      assertEquals(250, count, 25); // the rare one that finds no such port leads to any core
    }
  }

  /** With each key there are ports that lead to another core, if not next to each other. */
  @Test
  void theFirstOtherEndIsOnAnotherCoreWhateverTheKey() throws BindException {
    for (int seed = 0; seed < 1000; seed++) {
      try (LoopbackTcp two = new LoopbackTcp(2, 0, seed)) {
        EphemeralPorts ports = search(two.tcp, two.listeners, new TakenPorts(), seed);
        int port = ports.choose(two.ip.path(LOCAL), LOCAL, 0, LOCAL, REMOTE_PORT);
        Rss hash = two.device.capabilities().rss().orElseThrow();
        assertEquals(1, hash.queue(LOCAL, LOCAL, port, REMOTE_PORT), "seed " + seed);
      }
    }
  }

  private void close(Tcb c) {
    flows.remove(c);
    takenPorts.free(LOCAL, c.localPort, REMOTE, c.remotePort);
  }

  /** Connections come and go with nearly all ports taken: a search used to look at 8,000. */
  @Test
  void whereMostAreTakenNoSearchLooksAtAllOfThemAgain() throws BindException {
    List<Tcb> open = new ArrayList<>();
    BindException full = null;
    while (full == null) {
      try {
        open.add(open(choose(0), REMOTE_PORT));
      } catch (BindException e) {
        full = e;
      }
    }
    // A quarter of the ports comes back, and of those a quarter leads to the core whose turn it is.
    long before = ports.looks();
    assertTrue(before < 8 * PortRange.COUNT, before + " looks until all are taken");
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 10_000; i++) {
      assertThrows(BindException.class, () -> choose(0));
      Tcb gone = open.remove(random.nextInt(open.size()));
      close(gone);
      int port = choose(0);
      assertEquals(gone.localPort, port, "the only one that is free");
      open.add(open(port, REMOTE_PORT));
    }
    long looks = ports.looks() - before;
    assertTrue(looks < 30_000, looks + " looks for 20,000 searches");
  }

  /** Without timestamps a port can't be taken over: it is free when TIME_WAIT ends, not before. */
  @Test
  void portsInTimeWaitWithoutTimestampsAreLookedAtOnce() throws IOException {
    try (TcpFixture fixture =
        new TcpFixture(new TcpConfig(0, 70_000, 100, 8192, 8192, 60_000 * TcpFixture.MILLI, 0))) {
      TakenPorts taken = new TakenPorts();
      EphemeralPorts fixturePorts = search(fixture.core, fixture.listeners, taken, 5);
      fillTimeWait(fixture, false);
      Path way = fixture.ip.path(TcpFixture.PEER);
      for (int i = 0; i < 5; i++) {
        assertThrows(
            BindException.class,
            () -> fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT));
        fixture.run(1100);
      }
      assertTrue(fixturePorts.looks() < PortRange.COUNT + 200, fixturePorts.looks() + " looks");
      int record =
          fixture.core.timeWaits.find(TcpFixture.US, 5000, TcpFixture.PEER, TcpFixture.PORT);
      fixture.core.timeWaits.remove(record);
      taken.free(TcpFixture.US, 5000, TcpFixture.PEER, TcpFixture.PORT);
      assertEquals(
          5000, fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT));
    }
  }

  /**
   * However many destinations have no free port: each is searched once, and a freed port is found.
   */
  @Test
  void noDestinationIsForgottenWhileItsPortsAreTaken() throws BindException {
    int destinations = 12;
    List<Tcb> open = new ArrayList<>();
    for (int d = 0; d < destinations; d++) {
      for (int port = PortRange.FIRST; port < 65536; port++) {
        if (rss.queue(REMOTE, LOCAL, REMOTE_PORT + d, port) == QUEUE) {
          open.add(open(port, REMOTE_PORT + d));
        }
      }
    }
    for (int i = 0; i < 1000; i++) {
      int remotePort = REMOTE_PORT + i % destinations;
      assertThrows(BindException.class, () -> ports.choose(path, LOCAL, 0, REMOTE, remotePort));
    }
    long looks = ports.looks();
    assertTrue(looks < destinations * 1.1 * PortRange.COUNT, looks + " looks for 1000 connects");
    Tcb gone = open.get(open.size() / 2);
    close(gone);
    assertEquals(gone.localPort, ports.choose(path, LOCAL, 0, REMOTE, gone.remotePort));
  }

  /** With many queues few ports come back here: not finding one at once is harmless. */
  @Test
  void destinationsWithFreePortsAreNotRemembered() throws BindException {
    try (LoopbackTcp many = new LoopbackTcp(64, 5)) {
      TakenPorts taken = new TakenPorts();
      EphemeralPorts few = search(many.tcp, many.listeners, taken, 9);
      Path way = many.ip.path(REMOTE);
      for (int i = 0; i < 1000; i++) {
        few.choose(way, LOCAL, 0, REMOTE, REMOTE_PORT + i);
      }
      assertEquals(0, taken.size());
    }
  }

  @Test
  void oneThatIsUsedStaysRemembered() {
    TakenPorts taken = new TakenPorts();
    taken.add(LOCAL, REMOTE, 0, 8, 0).take(7);
    for (int i = 1; i < 1000; i++) {
      assertEquals(8, taken.find(LOCAL, REMOTE, 0, 0).firstOther(7));
      taken.add(LOCAL, REMOTE, i, 8, 0);
      assertEquals(Math.min(i + 1, 8), taken.size());
    }
    for (int i = 1; i < 1000; i++) {
      assertEquals(i >= 993, taken.find(LOCAL, REMOTE, i, 0) != null, "destination " + i);
    }
  }

  /** Ports in use aren't looked at again for the sake of those in TIME_WAIT. */
  @Test
  void onlyPortsThatAgeAreLookedAtAgain() throws IOException {
    try (TcpFixture fixture =
        new TcpFixture(new TcpConfig(0, 70_000, 100, 8192, 8192, 60_000 * TcpFixture.MILLI, 0))) {
      TakenPorts taken = new TakenPorts();
      EphemeralPorts fixturePorts = search(fixture.core, fixture.listeners, taken, 5);
      Tcb c = timeWait(fixture, true);
      for (int i = 0; i < PortRange.COUNT; i++) {
        if (i % 1000 == 0) {
          c.localPort = PortRange.FIRST + i;
          c.flowHash =
              fixture.core.flows.hash(TcpFixture.US, c.localPort, TcpFixture.PEER, TcpFixture.PORT);
          fixture.core.timeWaits.add(c, fixture.now);
        } else {
          fixture.core.flows.add(running(fixture, PortRange.FIRST + i));
        }
      }
      Path way = fixture.ip.path(TcpFixture.PEER);
      assertThrows(
          BindException.class,
          () -> fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT));
      for (int i = 0; i < PortRange.COUNT; i += 1000) { // the peers have sent something again
        int port = PortRange.FIRST + i;
        int record =
            fixture.core.timeWaits.find(TcpFixture.US, port, TcpFixture.PEER, TcpFixture.PORT);
        fixture.core.timeWaits.remove(record);
        c.localPort = port;
        c.flowHash = fixture.core.flows.hash(TcpFixture.US, port, TcpFixture.PEER, TcpFixture.PORT);
        c.tsRecentNanos = fixture.now + 1000 * TcpFixture.MILLI;
        fixture.core.timeWaits.add(c, fixture.now);
      }
      fixture.now += 1001 * TcpFixture.MILLI;
      fixture.core.now(fixture.now);
      long before = fixturePorts.looks();
      assertThrows(
          BindException.class,
          () -> fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT));
      assertEquals(65, fixturePorts.looks() - before);
    }
  }

  private static Tcb running(TcpFixture fixture, int port) {
    Tcb c = new Connection(fixture.core);
    c.reset(SocketOptions.DEFAULT);
    c.localAddress = TcpFixture.US;
    c.localPort = port;
    c.remoteAddress = TcpFixture.PEER;
    c.remotePort = TcpFixture.PORT;
    return c;
  }

  private static Tcb timeWait(TcpFixture fixture, boolean timestamps) {
    Tcb c = running(fixture, 0);
    c.timestamps = timestamps;
    c.tsRecentNanos = fixture.now;
    return c;
  }

  /** Puts every port for one destination in TIME_WAIT. */
  private static void fillTimeWait(TcpFixture fixture, boolean timestamps) {
    Tcb c = timeWait(fixture, timestamps);
    for (int i = 0; i < PortRange.COUNT; i++) {
      c.localPort = PortRange.FIRST + i;
      c.flowHash =
          fixture.core.flows.hash(TcpFixture.US, c.localPort, TcpFixture.PEER, TcpFixture.PORT);
      fixture.core.timeWaits.add(c, fixture.now);
    }
  }

  /** All ports for one destination are in TIME_WAIT. */
  @Test
  void portsInTimeWaitAreLookedAtOnceASecond() throws IOException {
    try (TcpFixture fixture =
        new TcpFixture(new TcpConfig(0, 70_000, 100, 8192, 8192, 60_000 * TcpFixture.MILLI, 0))) {
      TakenPorts taken = new TakenPorts();
      EphemeralPorts fixturePorts = search(fixture.core, fixture.listeners, taken, 5);
      fillTimeWait(fixture, true);
      Path way = fixture.ip.path(TcpFixture.PEER);
      for (int i = 0; i < 1000; i++) {
        assertThrows(
            BindException.class,
            () -> fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT));
      }
      assertTrue(fixturePorts.looks() < PortRange.COUNT + 200, fixturePorts.looks() + " looks");
      fixture.run(1001); // from here on timestamps tell old and new segments apart
      long before = fixturePorts.looks();
      fixturePorts.choose(way, TcpFixture.US, 0, TcpFixture.PEER, TcpFixture.PORT);
      assertEquals(1, fixturePorts.looks() - before);
    }
  }

  /** RFC 6056: the last port doesn't reveal the next. */
  @Test
  void isNotCounting() throws BindException {
    int last = choose(0);
    int steps = 0;
    for (int i = 0; i < 200; i++) {
      int port = choose(0);
      steps += Math.abs(port - last) <= QUEUES * 4 ? 1 : 0;
      last = port;
    }
    assertTrue(steps < 10, steps + " of 200 next to the one before");
  }
}
