package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpListener;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** What arrives on one core and concerns others. */
class CoreRingsTest {
  private static final int CORES = 4;
  private static final int PORT = 80;
  private static final int ETHERNET = EthernetHeader.BYTES;

  private static boolean isArp(byte[] frame) {
    return frame[12] == 8 && frame[13] == 6;
  }

  /** A request that isn't gratuitous. */
  private static boolean isArpQuestion(byte[] frame) {
    ByteBuffer arp = ByteBuffer.wrap(frame, ETHERNET, 28).slice();
    return isArp(frame) && arp.getShort(6) == 1 && arp.getInt(14) != arp.getInt(24);
  }

  private static QuietHandler recording(List<TcpError> errors) {
    return new QuietHandler() {
      @Override
      public void closed(TcpConnection c, TcpError error) {
        errors.add(error);
      }
    };
  }

  private static void acceptAll(MosStack stack, List<TcpConnection> accepted) throws IOException {
    stack.listen(
        Endpoint.any(PORT),
        100,
        SocketOptions.DEFAULT,
        -1,
        (l, core) -> {
          for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
            accepted.add(c);
          }
        });
  }

  /** ARP packets arrive on queue 0; the reply must reach the core that asked. */
  @Test
  void theCoreThatAskedHearsTheAnswer() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 1)) {
      acceptAll(pair.server, new ArrayList<>());
      for (int core = CORES - 1; core >= 0; core--) {
        TcpConnection c =
            pair.client
                .core(core)
                .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
        assertTrue(pair.takeTurns(() -> c.state() == TcpState.ESTABLISHED, 20), "core " + core);
      }
      pair.settle();
      assertEquals(0, pair.buffersInUse());
    }
  }

  /**
   * Packets from other cores get their share of a turn, however much a core's own queue holds: it
   * used to be one burst per turn, and the ring overflowed.
   */
  @Test
  void ownInputDoesNotStarveWhatOthersPassOn() {
    try (StackPair pair = StackPair.tapped(2, 1)) {
      pair.settle();
      StackCore passes = pair.server.core(0);
      StackCore busy = pair.server.core(1);
      final int before = passes.buffersInUse();
      for (int i = 0; i < 900; i++) {
        pair.serverTap.inject(0, pair.announcement()); // each is for all cores
      }
      while (pair.serverTap.waiting() > 0) {
        passes.poll();
      }
      assertEquals(before + 900, passes.buffersInUse());
      byte[] nothing = new byte[60];
      int turns = 0;
      while (passes.buffersInUse() > before) {
        for (int i = 0; i < 300; i++) {
          pair.serverTap.inject(1, nothing);
        }
        busy.poll();
        passes.poll(); // frees what was taken
        turns++;
      }
      assertTrue(turns <= 15, "taken in " + turns + " turns");
      assertTrue(pair.serverTap.waiting() > 600, "its own queue always had more");
      pair.settle();
    }
  }

  /** A packet from core to core is copied twice; either copy may find no buffer. */
  @Test
  void whatFindsNoBufferOnItsWayIsCounted() {
    try (StackPair pair = StackPair.tapped(2, 1)) {
      pair.settle();
      StackCore passes = pair.server.core(0);
      StackCore gets = pair.server.core(1);
      for (int i = 0; i < 3; i++) {
        pair.serverTap.inject(0, pair.announcement());
      }
      passes.poll();
      List<Long> held = takeAll(gets.pool());
      gets.poll();
      assertEquals(3, gets.counters().get(Counter.DROP_CORE_NO_MBUF));
      held.forEach(gets.pool()::free);
      pair.settle();

      held = takeAll(passes.pool());
      passes.pool().free(held.removeLast()); // for the packet itself
      pair.serverTap.inject(0, pair.announcement());
      passes.poll();
      assertEquals(1, passes.counters().get(Counter.DROP_CORE_NO_MBUF));
      held.forEach(passes.pool()::free);
      pair.settle();
      assertEquals(4, pair.server.count(Counter.DROP_CORE_NO_MBUF));
      assertEquals(0, pair.buffersInUse());
    }
  }

  private static List<Long> takeAll(MbufPool pool) {
    List<Long> all = new ArrayList<>();
    for (long mbuf = pool.alloc(); mbuf != 0; mbuf = pool.alloc()) {
      all.add(mbuf);
    }
    return all;
  }

  /** One request teaches all cores who sent it. */
  @Test
  void allCoresLearnFromAQuestion() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 2)) {
      acceptAll(pair.server, new ArrayList<>());
      acceptAll(pair.client, new ArrayList<>());
      pair.client.core(0).connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
      pair.settle();
      int[] questions = new int[1];
      pair.serverTap.onSent(frame -> questions[0] += isArpQuestion(frame) ? 1 : 0);
      for (int core = 0; core < CORES; core++) {
        TcpConnection c =
            pair.server
                .core(core)
                .connect(Endpoints.of(StackPair.CLIENT_ADDRESS, PORT), new QuietHandler());
        assertTrue(pair.takeTurns(() -> c.state() == TcpState.ESTABLISHED, 20), "core " + core);
      }
      assertEquals(0, questions[0]);
    }
  }

  /**
   * An ICMP error quotes a SYN of any core, and arrives on the queue given by the addresses only.
   */
  @Test
  void icmpErrorsReachTheFlowsCore() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 2)) {
      pair.serverTap.lose(frame -> !isArp(frame));
      List<byte[]> syns = new ArrayList<>();
      pair.clientTap.onSent(
          frame -> {
            if (!isArp(frame)) {
              syns.add(frame);
            }
          });
      for (int queue = 0; queue < CORES; queue++) {
        for (int core = 0; core < CORES; core++) {
          List<TcpError> errors = new ArrayList<>();
          syns.clear();
          pair.client
              .core(core)
              .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), recording(errors));
          assertTrue(pair.takeTurns(() -> !syns.isEmpty(), 100), "no SYN");
          pair.clientTap.inject(queue, portUnreachable(syns.getFirst()));
          String what = "core " + core + ", error on queue " + queue;
          assertTrue(pair.takeTurns(() -> !errors.isEmpty(), 10), what + " didn't arrive");
          assertEquals(List.of(TcpError.REFUSED), errors, what);
        }
      }
      pair.settle();
      assertEquals(0, pair.client.count(Counter.DROP_ICMP_IGNORED));
      assertEquals(0, pair.buffersInUse());
    }
  }

  /** What a router or the host sends when nobody listens: it quotes the start of the packet. */
  private static byte[] portUnreachable(byte[] packet) {
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + 20 + 8 + 28);
    frame.put(packet, 6, 6).put(packet, 0, 6).putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) (20 + 8 + 28)).putInt(0);
    frame.put((byte) 64).put((byte) 1).putShort((short) 0);
    frame.putInt(StackPair.SERVER_ADDRESS).putInt(StackPair.CLIENT_ADDRESS);
    frame.put((byte) 3).put((byte) 3).putShort((short) 0).putInt(0).put(packet, ETHERNET, 28);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20));
    frame.putShort(ETHERNET + 22, checksum(frame, ETHERNET + 20, 36));
    return frame.array();
  }

  private static short checksum(ByteBuffer bytes, int from, int length) {
    int sum = 0;
    for (int i = 0; i < length; i += 2) {
      sum += bytes.getShort(from + i) & 0xFFFF;
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~((sum & 0xFFFF) + (sum >>> 16));
  }

  /** A core that doesn't run loses copies; they are counted, and none leaks. */
  @Test
  void aFullRingDropsAndCounts() {
    try (StackPair pair = StackPair.tapped(2, 3)) {
      pair.settle();
      byte[] announcement = pair.announcement();
      for (int i = 0; i < 2000; i++) {
        pair.serverTap.inject(0, announcement);
      }
      for (int i = 0; i < 10; i++) {
        pair.server.core(0).poll();
      }
      long dropped = pair.server.count(Counter.DROP_CORE_RING_FULL);
      assertEquals(2000 - 1024, dropped);
      assertEquals(1024, pair.server.core(0).buffersInUse());
      pair.settle();
      assertEquals(0, pair.buffersInUse());
      pair.serverTap.inject(0, announcement);
      pair.settle();
      assertEquals(dropped, pair.server.count(Counter.DROP_CORE_RING_FULL), "room again");
    }
  }

  /**
   * A client's port is chosen so that replies arrive on its core; a listener's core by the flow.
   */
  @Test
  void flowsStayOnTheirCore() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 4)) {
      Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
      List<TcpConnection> accepted = new ArrayList<>();
      acceptAll(pair.server, accepted);
      for (int i = 0; i < 100; i++) {
        pair.client
            .core(i % CORES)
            .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
        pair.settle();
      }
      assertEquals(100, accepted.size());
      for (TcpConnection c : accepted) {
        int queue =
            rss.queue(
                Endpoints.address(c.remote()),
                Endpoints.address(c.local()),
                c.remote().port(),
                PORT);
        assertEquals(queue, c.core());
      }
      for (int core = 0; core < CORES; core++) {
        assertEquals(25, pair.client.core(core).connections());
      }
    }
  }

  /**
   * A path that fragments: each of the client's segments arrives in pieces, on the queue that the
   * addresses select, but its connection is on the core that addresses and ports select.
   */
  @Test
  void segmentsInFragmentsReachTheFlowsCore() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 5)) {
      fragmentToServer(pair);
      List<TcpConnection> accepted = new ArrayList<>();
      acceptAll(pair.server, accepted);
      connectFromAllCores(pair);
      Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
      assertEquals(4 * CORES, accepted.size());
      for (TcpConnection c : accepted) {
        int queue =
            rss.queue(
                Endpoints.address(c.remote()),
                Endpoints.address(c.local()),
                c.remote().port(),
                PORT);
        assertEquals(queue, c.core());
        assertEquals(100, c.available());
      }
      assertFragmented(pair);
    }
  }

  /** The core on which a flow's packets arrive passes it on to yet another. */
  @Test
  void segmentsInFragmentsReachTheServingCore() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 6)) {
      fragmentToServer(pair);
      List<TcpConnection> accepted = new ArrayList<>();
      pair.server.listen(
          Endpoint.any(PORT),
          100,
          SocketOptions.DEFAULT,
          -1,
          new AcceptHandler() {
            @Override
            public void acceptable(TcpListener listener, int core) {
              for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
                accepted.add(c);
              }
            }

            @Override
            public int servingCore(int core) {
              return (core + 1) % CORES;
            }
          });
      connectFromAllCores(pair);
      Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
      assertEquals(4 * CORES, accepted.size());
      for (TcpConnection c : accepted) {
        int queue =
            rss.queue(
                Endpoints.address(c.remote()),
                Endpoints.address(c.local()),
                c.remote().port(),
                PORT);
        assertEquals((queue + 1) % CORES, c.core());
        assertEquals(100, c.available());
      }
      assertFragmented(pair);
    }
  }

  /** One listener per core: the arrival core's listener gets the flow, whoever serves it. */
  @Test
  void theServingCoreTakesTheListenerThatTheArrivalCoreChose() throws IOException {
    try (StackPair pair = StackPair.tapped(CORES, 7)) {
      Map<TcpConnection, Integer> accepted = new HashMap<>();
      for (int bound = 0; bound < CORES; bound++) {
        listenFor(pair, bound, accepted);
      }
      connectFromAllCores(pair);
      Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
      assertEquals(4 * CORES, accepted.size());
      accepted.forEach(
          (c, bound) -> {
            int queue =
                rss.queue(
                    Endpoints.address(c.remote()),
                    Endpoints.address(c.local()),
                    c.remote().port(),
                    PORT);
            assertEquals(queue, bound, "the core that the listener is for");
            assertEquals((queue + 1) % CORES, c.core());
          });
    }
  }

  /** Accepts what arrives on one core (SO_REUSEPORT), and serves it on the next. */
  private static void listenFor(StackPair pair, int bound, Map<TcpConnection, Integer> accepted)
      throws IOException {
    pair.server.listen(
        Endpoint.any(PORT),
        100,
        SocketOptions.DEFAULT,
        bound,
        new AcceptHandler() {
          @Override
          public void acceptable(TcpListener listener, int core) {
            for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
              accepted.put(c, bound);
            }
          }

          @Override
          public int servingCore(int core) {
            return (bound + 1) % CORES;
          }
        });
  }

  private static void connectFromAllCores(StackPair pair) throws IOException {
    try (MbufPool memory = new MbufPool(1)) {
      long data = Mbuf.data(memory.alloc());
      for (int i = 0; i < 4 * CORES; i++) {
        TcpConnection c =
            pair.client
                .core(i % CORES)
                .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
        String what = "connect " + i;
        assertTrue(pair.takeTurns(() -> c.state() == TcpState.ESTABLISHED, 200), what);
        assertEquals(100, c.write(data, 100, data));
        pair.settle();
      }
    }
  }

  private static void assertFragmented(StackPair pair) {
    long segments = pair.server.count(Counter.TCP_SEGMENTS_RECEIVED);
    assertTrue(segments > 0);
    assertEquals(segments, pair.server.count(Counter.IP_REASSEMBLED));
    assertEquals(0, pair.client.count(Counter.TCP_RETRANSMITS));
  }

  /** Cuts what the client sends into pieces of 16 bytes, delivered last first. */
  private static void fragmentToServer(StackPair pair) {
    Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
    int queue = rss.queue(rss.hash(StackPair.CLIENT_ADDRESS, StackPair.SERVER_ADDRESS));
    short[] identification = {0};
    pair.serverTap.lose(
        frame -> {
          if (isArp(frame) || (frame[20] & 0x3F) != 0 || frame[21] != 0) {
            return false;
          }
          identification[0]++;
          int payload = frame.length - ETHERNET - 20;
          for (int from = (payload - 1) / 16 * 16; from >= 0; from -= 16) {
            pair.serverTap.inject(queue, fragment(frame, from, identification[0]));
          }
          return true;
        });
  }

  private static byte[] fragment(byte[] packet, int from, short identification) {
    int header = ETHERNET + 20;
    int length = Math.min(16, packet.length - header - from);
    boolean last = header + from + length == packet.length;
    ByteBuffer frame = ByteBuffer.allocate(header + length);
    frame.put(packet, 0, header).put(packet, header + from, length);
    frame.putShort(ETHERNET + 2, (short) (20 + length)).putShort(ETHERNET + 4, identification);
    frame.putShort(ETHERNET + 6, (short) ((last ? 0 : 0x2000) | from / 8));
    frame.putShort(ETHERNET + 10, (short) 0);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20));
    return frame.array();
  }
}
