package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.BindException;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Rss;
import org.mosstack.ip.Path;

/** Local ports of active opens. */
class PortsTest {
  private static final int QUEUES = 4;
  private static final int QUEUE = 2;
  private static final int LOCAL = 0x7F00_0001;
  private static final int REMOTE = 0x7F00_0002;
  private static final int REMOTE_PORT = 80;

  private final TestCore bed = new TestCore(QUEUES, QUEUE);
  private final FlowTable flows = bed.tcp.flows();
  private final Ports ports = new Ports(bed.tcp, new SplittableRandom(9));
  private final Path path = bed.ip.path(REMOTE);
  private final Rss rss = bed.device.capabilities().rss().orElseThrow();

  @AfterEach
  void free() {
    bed.close();
  }

  private int choose(int wanted) throws BindException {
    return ports.choose(path, LOCAL, wanted, REMOTE, REMOTE_PORT);
  }

  private void open(int port, int remotePort) {
    TcpConnection c = new TcpConnection(bed.tcp);
    c.localAddress = LOCAL;
    c.localPort = port;
    c.remoteAddress = REMOTE;
    c.remotePort = remotePort;
    flows.add(c);
  }

  private boolean comesBack(int port) {
    return rss.queue(REMOTE, LOCAL, REMOTE_PORT, port) == QUEUE;
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
    assertEquals("No free local port towards 127.0.0.2:80", none.getMessage());
    assertTrue(
        ports.choose(path, LOCAL, 0, REMOTE, REMOTE_PORT + 1) > 0, "another remote port is free");
  }

  @Test
  void listeningPortsAreNotTaken() throws BindException {
    int free = choose(0);
    for (int port = 1024; port < 65536; port++) {
      if (port != free) {
        bed.listeners.bind(
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
        "Local port "
            + other
            + " belongs to another core for this destination; let the stack choose it",
        wrong.getMessage());
  }

  /** RFC 6056: the next one can't be told from the last. */
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
