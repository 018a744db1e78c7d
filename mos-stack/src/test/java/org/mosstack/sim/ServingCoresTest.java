package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * Flows served by cores other than the ones they arrive on, while the set of serving cores changes
 * and strangers send arbitrary packets.
 */
class ServingCoresTest {
  private static final int CORES = 4;
  private static final int PORT = 80;
  private static final int BYTES = 20_000;
  private static final int ETHERNET = EthernetHeader.BYTES;
  private static final int TCP = ETHERNET + 20;

  private StackPair stacks;
  private NetDevice serverPort;
  private final SplittableRandom random = new SplittableRandom(7);

  /** By the client's port. */
  private final Map<Integer, Flow> flows = new HashMap<>();

  private final List<TcpConnection> strangers = new ArrayList<>();
  private int[] serving = {};

  /** A connection's two ends. */
  private static final class Flow {
    final Peer client;
    final Peer server;
    final int port;
    byte[] syn;
    int servedBy = -1;
    int accepts;

    Flow(int id, int port) {
      long up = 1_000_000L * id;
      long down = up + 500_000;
      client = new Peer(up, 0, down, 2 * BYTES);
      server = new Peer(down, 0, up, 2 * BYTES);
      client.closeWhenDone = false;
      server.closeWhenDone = false;
      this.port = port;
    }
  }

  /** Serves only on the cores in {@link #serving}, like a server channel with serving loops. */
  private final class Acceptor implements AcceptHandler {
    @Override
    public void acceptable(TcpListener listener, int core) {
      for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
        Flow flow = flows.get(c.remote().port());
        if (flow == null || Endpoints.address(c.remote()) != StackPair.CLIENT_ADDRESS) {
          strangers.add(c);
          continue;
        }
        flow.accepts++;
        flow.servedBy = core;
        if (flow.accepts == 1) {
          flow.server.start(c);
        }
      }
    }

    @Override
    public int servingCore(int core) {
      for (int each : serving) {
        if (each == core) {
          return core;
        }
      }
      return serving.length == 0 ? core : serving[core % serving.length];
    }
  }

  private void start(int maxConcurrency, String keys) throws IOException {
    stacks =
        new StackPair.Setup(3)
            .cores(CORES, CORES)
            .wireOptions(",queues=4")
            .limits(1000, 0)
            .serverConnections(maxConcurrency)
            .mos(SteeringTest.KEYS)
            .serverMos(keys)
            .port(device -> serverPort = device)
            .tapped()
            .start();
    stacks.server.listen(Endpoint.any(PORT), 1000, SocketOptions.DEFAULT, -1, new Acceptor());
    onReceived(
        frame -> {
          if (isSyn(frame)) {
            Flow flow = flows.get(ByteBuffer.wrap(frame).getShort(TCP) & 0xFFFF);
            if (flow != null && flow.syn == null) {
              flow.syn = frame;
            }
          }
        });
  }

  /** Sets a watcher for each frame that either stack receives from the wire. */
  private void onReceived(Consumer<byte[]> watcher) {
    stacks.serverTap.onReceived(watcher);
    stacks.clientTap.onReceived(watcher);
  }

  @AfterEach
  void close() {
    stacks.close();
    flows.values().forEach(flow -> flow.client.free());
    flows.values().forEach(flow -> flow.server.free());
  }

  private static boolean isTcp(byte[] frame) {
    return frame.length >= TCP + 20 && frame[12] == 8 && frame[13] == 0 && frame[ETHERNET + 9] == 6;
  }

  private static boolean isSyn(byte[] frame) {
    return isTcp(frame) && (frame[TCP + 13] & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  private void connect(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      open(i % CORES, 0);
    }
  }

  private void open(int core, int localPort) throws IOException {
    QuietHandler none = new QuietHandler();
    TcpConnection c =
        stacks
            .client
            .core(core)
            .connect(
                Endpoint.any(localPort),
                Endpoints.of(StackPair.SERVER_ADDRESS, PORT),
                0,
                SocketOptions.DEFAULT,
                none);
    Flow flow = new Flow(flows.size() + 1, c.local().port());
    c.handler(flow.client);
    flows.put(flow.port, flow);
  }

  private void connectAndAccept(int count) throws IOException {
    connect(count);
    assertTrue(
        stacks.runUntil(() -> flows.values().stream().allMatch(f -> f.accepts > 0), 5),
        "not all were accepted");
  }

  private int queue(int remote, int remotePort) {
    Rss rss = serverPort.capabilities().rss().orElseThrow();
    return rss.queue(remote, StackPair.SERVER_ADDRESS, remotePort, PORT);
  }

  private int arrivalCore(Flow flow) {
    return queue(StackPair.CLIENT_ADDRESS, flow.port);
  }

  /** Returns a frame like the flow's SYN, with other sequence numbers and flags. */
  private byte[] segment(Flow flow, int seq, int ack, int flags) {
    return segment(flow.syn, StackPair.CLIENT_ADDRESS, flow.port, seq, ack, flags);
  }

  private static byte[] segment(
      byte[] like, int source, int sourcePort, int seq, int ack, int flags) {
    ByteBuffer frame = ByteBuffer.wrap(like.clone());
    frame.putInt(ETHERNET + 12, source);
    frame.putShort(ETHERNET + 10, (short) 0);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20, 0));
    frame.putShort(TCP, (short) sourcePort).putInt(TCP + 4, seq).putInt(TCP + 8, ack);
    frame.put(TCP + 13, (byte) flags).putShort(TCP + 16, (short) 0);
    int length = (frame.getShort(ETHERNET + 2) & 0xFFFF) - 20;
    int pseudo = 6 + length;
    for (int i = 12; i < 20; i += 2) {
      pseudo += frame.getShort(ETHERNET + i) & 0xFFFF;
    }
    frame.putShort(TCP + 16, checksum(frame, TCP, length, pseudo));
    return frame.array();
  }

  private static short checksum(ByteBuffer bytes, int from, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i += 2) {
      sum += bytes.getShort(from + i) & 0xFFFF;
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~((sum & 0xFFFF) + (sum >>> 16));
  }

  private void serve(int... cores) {
    serving = cores;
  }

  private void exchange() {
    for (Flow flow : flows.values()) {
      if (flow.client.error == null) {
        flow.client.sendMore(BYTES);
      }
      if (flow.server.connection != null) {
        flow.server.sendMore(BYTES);
      }
    }
    stacks.run(3);
  }

  private void expectAllAlive(int bytes) {
    int dead = 0;
    for (Flow flow : flows.values()) {
      assertNull(flow.client.mismatch);
      assertNull(flow.server.mismatch);
      boolean whole = flow.server.received == bytes && flow.client.received == bytes;
      dead += whole && !flow.client.isClosed() && !flow.server.isClosed() ? 0 : 1;
    }
    assertEquals(0, dead, "of " + flows.size() + " connections are dead");
    assertTrue(flows.values().stream().allMatch(f -> f.accepts == 1), "accepted twice");
    assertEquals(0, strangers.size());
  }

  private void closeAll() {
    for (Flow flow : flows.values()) {
      if (flow.server.connection != null) {
        flow.server.connection.close();
      }
    }
    stacks.run(1);
    for (Flow flow : flows.values()) {
      if (flow.client.connection != null) {
        flow.client.connection.close();
      }
    }
    stacks.run(1);
  }

  private void expectNothingLeft() {
    closeAll();
    stacks.run(200); // TIME_WAIT
    assertEquals(0, stacks.server.flows());
    assertEquals(0, stacks.timers());
    assertEquals(0, stacks.buffersInUse());
    assertEquals(0, stacks.count(Counter.PACKET_EXCEPTIONS));
    assertEquals(0, stacks.count(Counter.HANDLER_EXCEPTIONS));
  }

  @Test
  void spoofedSynsKillNobodyWhateverServesToday() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(20);
    serve(3);
    connectAndAccept(20);
    exchange();
    for (int[] today : new int[][] {{0, 2}, {1}, {2, 3}, {}}) {
      serve(today);
      for (Flow flow : flows.values()) {
        stacks.serverTap.inject(
            arrivalCore(flow), segment(flow, random.nextInt(), 0, TcpHeader.SYN));
      }
      stacks.run(3);
    }
    exchange();
    expectAllAlive(2 * BYTES);
    assertEquals(4L * flows.size(), stacks.server.count(Counter.DROP_TCP_SYN_CHALLENGED));
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1 || f.servedBy == 3));
  }

  /** The client hears nothing, and repeats its SYN after the serving cores have changed. */
  @Test
  void aSynRepeatedAfterAChangeOpensNoSecondConnection() throws IOException {
    start(1000, "");
    serve(1);
    boolean[] deaf = {true};
    stacks.clientTap.lose(frame -> deaf[0] && isTcp(frame));
    connect(24);
    stacks.run(0.5);
    serve(0, 2);
    deaf[0] = false;
    stacks.run(4);
    serve(3);
    for (Flow flow : flows.values()) { // and once more, late, as the network might
      stacks.serverTap.inject(arrivalCore(flow), flow.syn);
    }
    exchange();
    expectAllAlive(BYTES);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1));
    expectNothingLeft();
  }

  /** A router's error arrives on any queue, chosen by its addresses only. */
  @Test
  void icmpErrorsFindMovedFlows() throws IOException {
    int mtu = 1000;
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    serve(2);
    connectAndAccept(16);
    Set<Integer> told = new HashSet<>();
    int[] large = new int[1];
    stacks.clientTap.lose(
        frame -> {
          if (!isTcp(frame) || frame.length <= ETHERNET + mtu) {
            return false;
          }
          large[0]++;
          if (told.add(ByteBuffer.wrap(frame).getShort(TCP + 2) & 0xFFFF)) {
            stacks.serverTap.inject(told.size() % CORES, fragmentationNeeded(frame, mtu));
          }
          return true;
        });
    exchange();
    expectAllAlive(BYTES);
    assertEquals(flows.size(), told.size());
    assertEquals(0, stacks.server.count(Counter.DROP_ICMP_IGNORED));
    assertEquals(0, stacks.server.count(Counter.TCP_MTU_BLACK_HOLES));
    large[0] = 0;
    exchange();
    expectAllAlive(2 * BYTES);
    assertEquals(0, large[0], "larger than the path takes");
  }

  private static byte[] fragmentationNeeded(byte[] packet, int mtu) {
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + 20 + 8 + 28);
    frame.put(packet, 6, 6).put(packet, 0, 6).putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) (20 + 8 + 28)).putInt(0);
    frame.put((byte) 64).put((byte) 1).putShort((short) 0);
    frame.putInt(StackPair.CLIENT_ADDRESS + 7).putInt(StackPair.SERVER_ADDRESS);
    frame.put((byte) 3).put((byte) 4).putShort((short) 0).putShort((short) 0);
    frame.putShort((short) mtu).put(packet, ETHERNET, 28);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20, 0));
    frame.putShort(ETHERNET + 22, checksum(frame, ETHERNET + 20, 36, 0));
    return frame.array();
  }

  /** Even after new flows went to several cores; only the core it arrives on is involved. */
  @Test
  void strayIsAnsweredWhereItArrives() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(12);
    serve(3);
    connectAndAccept(12);
    long segments = stacks.server.count(Counter.TCP_SEGMENTS_RECEIVED);
    long[] expected = resetsByCore();
    byte[] like = flows.values().iterator().next().syn;
    for (int i = 0; i < 40; i++) {
      int port = 20_000 + i;
      expected[queue(StackPair.CLIENT_ADDRESS, port)]++;
      byte[] stray =
          segment(like, StackPair.CLIENT_ADDRESS, port, i, 7, TcpHeader.ACK | TcpHeader.PSH);
      stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), stray);
    }
    stacks.run(1);
    assertArrayEquals(expected, resetsByCore());
    assertEquals(40, stacks.server.count(Counter.TCP_SEGMENTS_RECEIVED) - segments);
    exchange();
    expectAllAlive(BYTES);
  }

  private long[] resetsByCore() {
    return stacks.server.stats().cores().stream()
        .mapToLong(core -> core.counters().get(Counter.TCP_RESETS_SENT))
        .toArray();
  }

  /** Each cookie returns after the serving cores have changed. */
  @Test
  void cookiesAreGoodOnEveryCore() throws IOException {
    start(1000, "tcp_syncookies = 2\n");
    serve(1);
    stacks.clientTap.lose(
        frame -> {
          if (isTcp(frame)) {
            serve(2); // while the answer is in transit
          }
          return false;
        });
    connectAndAccept(24);
    assertEquals(24, stacks.server.count(Counter.TCP_SYN_COOKIES_RECEIVED));
    assertEquals(0, stacks.server.count(Counter.TCP_SYN_COOKIES_FAILED));
    assertEquals(0, stacks.server.count(Counter.TCP_RESETS_SENT));
    exchange();
    serve(0);
    exchange();
    expectAllAlive(2 * BYTES);
    assertTrue(flows.values().stream().anyMatch(f -> f.servedBy == 2));
    expectNothingLeft();
  }

  /** While cookies are in use, an ACK with a bad one doesn't even leave the core it arrives on. */
  @Test
  void badCookiesStay() throws IOException {
    start(1000, "tcp_syncookies = 2\n");
    serve(1);
    connectAndAccept(8);
    long[] expected = resetsByCore();
    byte[] like = flows.values().iterator().next().syn;
    for (int i = 0; i < 40; i++) {
      int port = 20_000 + i;
      expected[queue(StackPair.CLIENT_ADDRESS, port)]++;
      byte[] ack = segment(like, StackPair.CLIENT_ADDRESS, port, i, 7, TcpHeader.ACK);
      stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), ack);
    }
    stacks.run(1);
    assertArrayEquals(expected, resetsByCore());
    exchange();
    expectAllAlive(BYTES);
  }

  /** The server's TIME_WAIT is on the core that served the connection, and is found there. */
  @Test
  void timeWaitIsFoundWhereItIs() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    serve(2);
    Map<Integer, byte[]> fins = new HashMap<>();
    onReceived(
        frame -> {
          boolean fromClient =
              isTcp(frame)
                  && ByteBuffer.wrap(frame).getInt(ETHERNET + 12) == StackPair.CLIENT_ADDRESS;
          if (fromClient && (frame[TCP + 13] & TcpHeader.FIN) != 0) {
            fins.put(ByteBuffer.wrap(frame).getShort(TCP) & 0xFFFF, frame);
          }
        });
    closeAll();
    assertEquals(16, fins.size());
    long resets = stacks.server.count(Counter.TCP_RESETS_SENT);
    long sent = stacks.server.count(Counter.TCP_SEGMENTS_SENT);
    fins.forEach( // as if our last ACK was lost
        (port, fin) -> stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), fin));
    stacks.run(1);
    assertEquals(0, stacks.server.count(Counter.TCP_RESETS_SENT) - resets);
    assertEquals(16, stacks.server.count(Counter.TCP_SEGMENTS_SENT) - sent);
    expectNothingLeft();
  }

  /** The client closes first: the server keeps neither the connection nor its location. */
  @Test
  void aFlowThatIsOverIsForgotten() throws IOException {
    start(1000, "");
    serve(1);
    connectTo(0, 6);
    List<Flow> old = List.copyOf(flows.values());
    old.forEach(flow -> flow.client.connection.close());
    stacks.run(1);
    old.forEach(flow -> flow.server.connection.close());
    stacks.run(100); // the client's TIME_WAIT
    assertEquals(0, stacks.server.flows());
    serve(2);
    connectAgain(old);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 2));
    assertEquals(0, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  private List<Flow> sixInTimeWait() throws IOException {
    start(1000, "");
    serve(1);
    connectTo(0, 6);
    List<Flow> old = List.copyOf(flows.values());
    closeAll();
    assertTrue(stacks.server.flows() >= 6, "in TIME_WAIT");
    return old;
  }

  private void connectAgain(List<Flow> old) throws IOException {
    flows.clear();
    for (Flow flow : old) {
      connectBy(flow.port);
    }
    stacks.run(3);
    exchange();
    expectAllAlive(BYTES);
    expectNothingLeft();
    old.forEach(flow -> flow.client.free());
    old.forEach(flow -> flow.server.free());
  }

  @Test
  void aPortInTimeWaitIsReused() throws IOException {
    connectAgain(sixInTimeWait());
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1));
    assertEquals(6, stacks.server.count(Counter.TCP_TIME_WAIT_REUSED));
    assertEquals(0, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  /** TIME_WAIT is on a core that no longer serves: the second SYN opens a connection elsewhere. */
  @Test
  void aPortInTimeWaitIsReusedOnAnotherCore() throws IOException {
    List<Flow> old = sixInTimeWait();
    serve(2);
    connectAgain(old);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 2));
    assertEquals(0, stacks.server.count(Counter.TCP_TIME_WAIT_REUSED));
    assertEquals(6, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  /** Connects from ports whose packets arrive on one core of the server. */
  private void connectTo(int arrivalCore, int count) throws IOException {
    int port = 10_000 + flows.size() * 100;
    for (int done = 0; done < count; port++) {
      if (queue(StackPair.CLIENT_ADDRESS, port) == arrivalCore) {
        connectBy(port);
        done++;
      }
    }
    assertTrue(
        stacks.runUntil(() -> flows.values().stream().allMatch(f -> f.accepts > 0), 5),
        "not all were accepted");
  }

  private void connectBy(int port) throws IOException {
    for (int core = 0; ; core++) {
      try {
        open(core, port);
        return;
      } catch (BindException e) {
        assertTrue(core < CORES - 1, "no core's port " + port);
      }
    }
  }

  /**
   * A flood of SYNs from everywhere: the serving core limits half-open connections, and thereby the
   * flows that the arrival cores remember.
   */
  @Test
  void aFloodOfSynsKeepsNobodyOut() throws IOException {
    start(4000, "");
    serve(1);
    connectAndAccept(8);
    byte[] like = flows.values().iterator().next().syn;
    boolean[] flooding = {true};
    stacks.clientTap.lose(frame -> flooding[0] && isTcp(frame)); // it would answer with a RST
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 500; i++) {
        int port = 1024 + random.nextInt(8000);
        if (!flows.containsKey(port)) {
          byte[] syn =
              segment(like, StackPair.CLIENT_ADDRESS, port, random.nextInt(), 0, TcpHeader.SYN);
          stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), syn);
        }
      }
      stacks.run(0.01);
    }
    flooding[0] = false;
    assertTrue(stacks.server.count(Counter.TCP_SYN_COOKIES_SENT) > 1_000);
    connectAndAccept(8);
    assertEquals(0, stacks.server.count(Counter.TCP_MOVED_FLOWS_FULL));
    exchange();
    expectAllAlive(BYTES);
    expectNothingLeft();
  }

  /** Serving cores that have ended get no new flows, and their old ones belong to nobody. */
  @Test
  void flowsOfAnEndedCoreAreForgotten() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    stacks.kill(stacks.server.core(1));
    stacks.run(5);
    assertTrue(flows.values().stream().allMatch(f -> f.client.isClosed()));
    List<Flow> old = List.copyOf(flows.values());
    connect(24);
    stacks.run(5);
    for (Flow flow : flows.values()) {
      if (!old.contains(flow)) {
        int core = arrivalCore(flow);
        assertEquals(core == 1 ? -1 : core, flow.servedBy, "arrives at " + core);
      }
    }
  }
}
