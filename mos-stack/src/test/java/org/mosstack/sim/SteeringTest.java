package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.zip.CRC32;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.MosStack;
import org.mosstack.device.Capabilities;
import org.mosstack.device.Faults;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.device.steering.RssDevice;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FrameTap;
import org.mosstack.testkit.StackPair;

/** Whole stacks with more cores than their ports have queues; every byte is compared. */
class SteeringTest {
  private static final int PORT = 80;
  private static final int WRITE_BYTES = 60_000;

  /** Of both stacks, here and in {@link ServingCoresTest}. */
  static final String KEYS =
      """
      tcp_timeout = -1
      tcp_tw_interval = 60
      rmem_size = 65536
      wmem_size = 65536
      """;

  private final List<Exchange> exchanges = new ArrayList<>();

  /** Each end's options of the wire are such as {@code queues=1}. */
  private static StackPair.Setup stacks(
      int servers, String serverWire, int clients, String clientWire, long seed) {
    return new StackPair.Setup(seed)
        .cores(servers, clients)
        .wireOptions("," + serverWire, "," + clientWire)
        .limits(1000, 0)
        .mos(KEYS)
        .tapped();
  }

  @AfterEach
  void freePeers() {
    exchanges.forEach(exchange -> exchange.links.forEach(Link::free));
  }

  /** Both ends of a connection. */
  private static final class Link {
    final int core;
    final Peer client;
    final Peer server;
    int port;
    int acceptedOn = -1;

    /** Each end sends bytes that differ from every other link's. */
    Link(int id, int core, int bytes) {
      this.core = core;
      long up = 1_000_000L * id;
      long down = up + 500_000;
      client = new Peer(up, bytes, down, bytes, WRITE_BYTES);
      server = new Peer(down, bytes, up, bytes, WRITE_BYTES);
    }

    boolean isClosed() {
      return client.isClosed() && server.isClosed();
    }

    void check(String what) {
      String state = what + ": client " + client.events + ", server " + server.events;
      assertNull(client.mismatch, state);
      assertNull(server.mismatch, state);
      assertTrue(client.isComplete() && server.isComplete(), state);
      assertEquals(TcpError.NONE, client.error, state);
      assertEquals(TcpError.NONE, server.error, state);
      assertEquals(0, client.heldBuffers() + server.heldBuffers(), state);
    }

    void free() {
      client.free();
      server.free();
    }
  }

  /** Connections from each core of one stack to the other stack. */
  private final class Exchange {
    private final MosStack from;
    private final int address;
    final List<Link> links = new ArrayList<>();
    private final Map<Integer, Link> byPort = new HashMap<>();

    Exchange(MosStack from, MosStack to, int address) throws IOException {
      this.from = from;
      this.address = address;
      exchanges.add(this);
      to.listen(
          Endpoint.any(PORT),
          1000,
          SocketOptions.DEFAULT,
          -1,
          (l, core) -> {
            for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
              Link link = byPort.get(c.remote().port());
              link.acceptedOn = core;
              link.server.start(c);
            }
          });
    }

    void open(int perCore, int bytes) throws IOException {
      for (int i = 0; i < perCore; i++) {
        for (int core = 0; core < from.cores(); core++) {
          Link link = new Link(from.cores() * 1000 + links.size(), core, bytes);
          TcpConnection c = from.core(core).connect(Endpoints.of(address, PORT), link.client);
          link.port = c.local().port();
          links.add(link);
          assertNull(byPort.put(link.port, link), "a port of two cores");
        }
      }
    }

    boolean isClosed() {
      return links.stream().allMatch(Link::isClosed);
    }

    void check(String what) {
      links.forEach(link -> link.check(what + ", client core " + link.core));
    }
  }

  private Exchange toServer(StackPair stacks) throws IOException {
    return new Exchange(stacks.client, stacks.server, StackPair.SERVER_ADDRESS);
  }

  private Exchange toClient(StackPair stacks) throws IOException {
    return new Exchange(stacks.server, stacks.client, StackPair.CLIENT_ADDRESS);
  }

  private static void expectNothingLeft(StackPair stacks, String what) {
    stacks.run(300); // TIME_WAIT
    assertEquals(0, stacks.timers(), what);
    assertEquals(0, stacks.buffersInUse(), what);
    assertEquals(0, stacks.count(Counter.PACKET_EXCEPTIONS), what);
    assertEquals(0, stacks.count(Counter.HANDLER_EXCEPTIONS), what);
  }

  /** A segment on a core other than its flow's would find no connection and draw a RST. */
  private static void expectNoStrayPackets(StackPair stacks, String what) {
    for (Counter counter : Counter.values()) {
      String name = counter.name();
      if (name.startsWith("DROP_") && !name.startsWith("DROP_ARP_")) {
        assertEquals(0, stacks.count(counter), what + ": " + counter);
      }
    }
    assertEquals(0, stacks.count(Counter.TCP_RESETS_SENT), what);
    assertEquals(0, stacks.count(Counter.TCP_RETRANSMITS), what);
  }

  @ParameterizedTest
  @CsvSource({
    "1, queues=1, 2, queues=1",
    "2, queues=1, 3, queues=2",
    "3, queues=1, 5, queues=2",
    "5, queues=5, 17, queues=1",
    "17, queues=2, 5, rss=0",
    "65, queues=1, 3, queues=1",
    "65, queues=2, 65, queues=1",
  })
  void everyFlowHasOneCore(int servers, String serverWire, int clients, String clientWire)
      throws IOException {
    String what = "seed " + (servers * 100 + clients);
    try (StackPair stacks =
        stacks(servers, serverWire, clients, clientWire, servers * 100 + clients).start()) {
      Exchange up = toServer(stacks);
      Exchange down = toClient(stacks);
      up.open(Math.max(3, 40 / clients), 20_000);
      down.open(Math.max(3, 40 / servers), 20_000);
      assertTrue(stacks.runUntil(() -> up.isClosed() && down.isClosed(), 60), what);
      up.check(what);
      down.check(what);
      expectNoStrayPackets(stacks, what);
      expectNothingLeft(stacks, what);
      long used = up.links.stream().mapToInt(link -> link.acceptedOn).distinct().count();
      assertTrue(used > servers / 3, what + ": flows on " + used + " cores only");
    }
  }

  /** Returns a NIC-like end of the wire that reports a wrong RSS key. */
  private static RssDevice untrue(NetDevice port, List<String> log) {
    Rss other = Rss.random(new SplittableRandom(77), port.queues());
    NetDevice liar =
        new ForwardingDevice(port) {
          @Override
          public Capabilities capabilities() {
            Capabilities c = super.capabilities();
            return new Capabilities(
                c.rxChecksum(), c.txChecksum(), false, Optional.of(other), c.wakeups());
          }
        };
    return new RssDevice(liar, new SplittableRandom(78), log::add);
  }

  /** Connects choose their ports by what the device reports, until it is known to be wrong. */
  @Test
  void aPortThatSpreadsOtherwiseThanItSays() throws IOException {
    List<String> log = new ArrayList<>();
    try (StackPair stacks =
        stacks(5, "queues=5", 3, "queues=3", 21).around(port -> untrue(port, log)).start()) {
      Exchange up = toServer(stacks);
      Exchange down = toClient(stacks);
      down.open(10, 20_000);
      up.open(20, 20_000);
      assertTrue(stacks.runUntil(() -> up.isClosed() && down.isClosed(), 60));
      up.check("untrue");
      down.check("untrue");
      expectNoStrayPackets(stacks, "untrue");
      expectNothingLeft(stacks, "untrue");
      assertEquals(1, log.size(), log.toString());
    }
  }

  /** Returns a checksum of the frames from the wire: runs with equal traces are alike. */
  private String trace(long seed) throws IOException {
    try (StackPair stacks =
        stacks(5, "queues=2", 17, "queues=1", seed)
            .faults(Faults.NONE.withLoss(0.02).withReorder(0.02))
            .start()) {
      CRC32 trace = new CRC32();
      for (FrameTap tap : List.of(stacks.serverTap, stacks.clientTap)) {
        tap.onReceived(trace::update);
      }
      Exchange up = toServer(stacks);
      up.open(2, 20_000);
      assertTrue(stacks.runUntil(up::isClosed, 3600), "seed " + seed);
      up.check("seed " + seed);
      expectNothingLeft(stacks, "seed " + seed);
      return Long.toHexString(trace.getValue()) + " at " + stacks.now();
    }
  }

  /** Each core recovers from loss and reordering, and each seed gives one run. */
  @Test
  void badWires() throws IOException {
    for (long seed = 1; seed <= 5; seed++) {
      assertEquals(trace(seed), trace(seed));
    }
    assertNotEquals(trace(1), trace(2));
  }

  /** A core that owns no queue dies in mid-transfer: only its own connections end. */
  @Test
  void aDeadCoreStopsNobody() throws IOException {
    try (StackPair stacks = stacks(5, "queues=2", 3, "queues=1", 9).start()) {
      Exchange up = toServer(stacks);
      up.open(20, 200_000);
      assertTrue(
          stacks.runUntil(() -> up.links.stream().allMatch(l -> l.server.received > 0), 10),
          "all began");
      stacks.kill(stacks.server.core(4));
      assertTrue(stacks.runUntil(up::isClosed, 60), "the dead core's RSTs arrive");
      int killed = 0;
      for (Link link : up.links) {
        if (link.acceptedOn == 4) {
          killed++;
          assertEquals(TcpError.RESET, link.client.error);
        } else {
          link.check("accepted on " + link.acceptedOn);
        }
      }
      assertTrue(killed > 0 && killed < up.links.size() / 2, killed + " killed");
      expectNothingLeft(stacks, "after a core's death");
    }
  }

  /** An owner's queue dies with it: flows that use the other queue continue. */
  @Test
  void aDeadOwnerStopsOnlyItsQueue() throws IOException {
    NetDevice[] ends = new NetDevice[1];
    try (StackPair stacks =
        stacks(6, "queues=2", 3, "queues=1", 11).port(device -> ends[0] = device).start()) {
      Rss port = ends[0].capabilities().rss().orElseThrow();
      Exchange up = toServer(stacks);
      up.open(30, 200_000);
      assertTrue(
          stacks.runUntil(() -> up.links.stream().allMatch(l -> l.server.received > 0), 10),
          "all began");
      stacks.kill(stacks.server.core(0));
      stacks.run(20);
      int untouched = 0;
      for (Link link : up.links) {
        boolean sendsByTheOther = link.acceptedOn % 2 == 1;
        boolean receivesByTheOther =
            port.queue(StackPair.CLIENT_ADDRESS, StackPair.SERVER_ADDRESS, link.port, PORT) == 1;
        if (sendsByTheOther && receivesByTheOther) {
          untouched++;
          link.check("over the other queue");
        } else if (link.acceptedOn != 0) {
          assertTrue(!link.isClosed(), "over the dead queue");
        }
      }
      assertTrue(untouched > 5, untouched + " over the other queue");
    }
  }

  /** More arrives for one core than its ring holds: TCP retransmits what was dropped. */
  @Test
  void aFullRingIsALossLikeAnyOther() throws IOException {
    long seed = 13;
    try (StackPair stacks = stacks(3, "queues=1", 3, "queues=1", seed).start()) {
      Exchange up = toServer(stacks);
      up.open(1, 1000);
      assertTrue(stacks.runUntil(up::isClosed, 10), "all know each other's MAC address");
      up.open(250, 200_000);
      assertTrue(
          stacks.runUntil(() -> up.links.stream().allMatch(l -> l.server.received > 0), 10),
          "all began");
      stacks.stall(stacks.server.core(2), 1_000);
      assertTrue(stacks.runUntil(up::isClosed, 3600), "seed " + seed);
      up.check("seed " + seed);
      expectNothingLeft(stacks, "seed " + seed);
      long dropped = stacks.server.stats().devices().getFirst().queues().getFirst().rxMissed();
      assertTrue(dropped > 10, "dropped " + dropped);
    }
  }
}
