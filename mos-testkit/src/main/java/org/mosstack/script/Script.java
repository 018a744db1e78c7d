package org.mosstack.script;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.FastOpenMode;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.config.MosKeys;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/**
 * One single-core stack under a virtual clock, with a scripted cable: {@link Peer} is the remote
 * end of a connection, {@link App} the local one. Time only passes when told to.
 */
final class Script {
  static final int STACK = 0x0A00_0001;
  static final int REMOTE = 0x0A00_0002;
  static final int PORT = 80;
  private static final long STACK_MAC = 0x02_00_00_00_00_01L;
  private static final long REMOTE_MAC = 0x02_00_00_00_00_02L;
  private static final long START_NANOS = 1_000_000_000_000L;
  private static final int PATTERN_BYTES = 1 << 21;
  private static final int TURNS = 10_000;

  final List<App> apps = new ArrayList<>();
  final List<ByteBuffer> icmpReceived = new ArrayList<>();

  /** Packets to hosts other than {@link #REMOTE}, from their IP headers on. */
  final ArrayDeque<ByteBuffer> toOthers = new ArrayDeque<>();

  final ArrayDeque<App> accepted = new ArrayDeque<>();
  final FakeDevice device;
  MosStack stack;
  StackCore core;
  TcpListener listener;
  int arpRequests;
  int expectedExceptions;

  /** The last Fast Open cookie the stack gave. */
  byte[] lastCookie;

  /** Whether send buffers are tuned automatically. */
  boolean tunesBuffers;

  /** Runs before connections are accepted. */
  Runnable onAcceptable = () -> {};

  private final OffHeap pattern = OffHeap.map(PATTERN_BYTES);
  private final Map<Long, Peer> peers = new HashMap<>();
  private final List<Long> emptied = new ArrayList<>();
  private final List<String> failures = new ArrayList<>();
  private long now = START_NANOS;
  private int nextPort = 20_000;

  /**
   * Creates a stack with large windows, timestamps if the peer wants them, and 60 seconds of
   * TIME_WAIT.
   */
  Script(int mtu, long seed, UnaryOperator<MosConfigBuilder> setup) {
    this(24, mtu, seed, setup);
  }

  /** Creates the same on a link with this prefix length. */
  Script(int prefixLength, int mtu, long seed, UnaryOperator<MosConfigBuilder> setup) {
    MosConfigBuilder config =
        MosConfig.builder()
            .set(MosKeys.CORE_MASK, CoreMask.of(0))
            .set(MosKeys.MAX_CONCURRENCY, 2000)
            .set(MosKeys.MAX_NUM_BUFFERS, 2000)
            .set(MosKeys.RMEM_SIZE, 0xFFFF)
            .set(MosKeys.WMEM_SIZE, 1 << 20)
            .set(MosKeys.TCP_TW_INTERVAL, 60)
            .set(MosKeys.TCP_TIMEOUT, -1)
            .set(MosKeys.TCP_FASTOPEN, FastOpenMode.OFF)
            .netdev("dpdk0 0x1 10.0.0.1/" + prefixLength + " wire=script,checksum=1");
    device = new FakeDevice("dpdk0", STACK_MAC, mtu).onSent(frame -> sent(ByteBuffer.wrap(frame)));
    stack =
        MosStack.builder(setup.apply(config).build())
            .device("wire", (_, _, _) -> device)
            .clock(() -> now)
            .seed(seed)
            .allowOversubscribe(true)
            .start();
    core = stack.core(0);
    core.attach();
    for (int i = 0; i < PATTERN_BYTES; i++) {
      Memory.putByte(pattern.address() + i, Seg.pattern(i));
    }
    settle();
  }

  /** Returns the address of the pattern's bytes at this relative sequence number. */
  long patternAddress(int seq) {
    return pattern.address() + seq;
  }

  // ---- Ends ----

  /** Returns a new peer that will connect to {@link #PORT}. */
  Peer peer() {
    return peer(nextPort++, PORT);
  }

  Peer peer(int port, int stackPort) {
    Peer peer = new Peer(this, port, stackPort);
    peers.put(key(port, stackPort), peer);
    return peer;
  }

  private static long key(int port, int stackPort) {
    return (long) port << 16 | stackPort;
  }

  /** Listens on {@link #PORT} and accepts everything into {@link #accepted}. */
  void listen() {
    listen(128, true);
  }

  void listen(int backlog, boolean accept) {
    listen(backlog, accept, SocketOptions.DEFAULT);
  }

  void listen(int backlog, boolean accept, SocketOptions options) {
    try {
      listener =
          stack.listen(Endpoint.any(PORT), backlog, options, -1, (l, core) -> acceptIf(accept));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void acceptIf(boolean accept) {
    onAcceptable.run();
    if (accept) {
      acceptAll();
    }
  }

  void acceptAll() {
    for (TcpConnection c = listener.accept(0); c != null; c = listener.accept(0)) {
      App app = new App(this);
      app.start(c);
      accepted.add(app);
    }
  }

  /** Connects the stack to port {@code port} of the remote host. */
  App connect(int port, int timeoutMillis) {
    return connect(port, timeoutMillis, SocketOptions.DEFAULT);
  }

  App connect(int port, int timeoutMillis, SocketOptions options) {
    App app = new App(this);
    try {
      app.connection =
          core.connect(Endpoint.ANY, Endpoints.of(REMOTE, port), timeoutMillis, options, app);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return app;
  }

  /** Returns the remote end of what {@link #connect} opens. */
  Peer peerOf(App app) {
    return peers.computeIfAbsent(
        key(app.connection.remote().port(), app.connection.local().port()),
        k -> new Peer(this, app.connection.remote().port(), app.connection.local().port()));
  }

  /** Most scripts write everything at once, whatever the window. */
  void largeSendBuffer(TcpConnection c) {
    if (!tunesBuffers) {
      c.sendBuffer(stack.config().get(MosKeys.WMEM_SIZE));
    }
  }

  // ---- Time ----

  long now() {
    return now;
  }

  /** Returns the peers' timestamp clock. */
  int peerMillis() {
    return (int) ((now - START_NANOS) / 1_000_000) + 1000;
  }

  /** Takes turns until there is nothing more to do at this instant. */
  void settle() {
    for (int i = 0; i < TURNS; i++) {
      if (core.poll() == 0 && device.waiting() == 0) {
        return;
      }
    }
    throw new AssertionError("the stack doesn't come to rest" + state());
  }

  /** Advances time, deadline by deadline, until the condition holds or {@code end} is reached. */
  void runUntil(BooleanSupplier condition, long end) {
    settle();
    while (!condition.getAsBoolean() && now - end < 0) {
      now = Math.min(end, Math.max(now + 1_000, core.nextDeadlineNanos()));
      settle();
    }
  }

  void run(double millis) {
    runUntil(() -> false, now + (long) (millis * 1e6));
  }

  // ---- The cable ----

  /** Sends a segment's bytes in a packet with the segment's addresses and octets. */
  void sendTcp(byte[] tcp, Seg seg) {
    int source = seg.source == null ? REMOTE : seg.source;
    int destination = seg.destination == null ? STACK : seg.destination;
    byte[] segment = tcp.clone();
    ByteBuffer pseudo = ByteBuffer.allocate(12 + tcp.length);
    pseudo.putInt(source).putInt(destination);
    pseudo.putShort((short) 6).putShort((short) tcp.length).put(tcp);
    int checksum = Frames.checksum(pseudo.array()) ^ (seg.checksumWrong ? 1 : 0);
    ByteBuffer.wrap(segment).putShort(16, (short) checksum);
    sendFrame(ipv4(6, source, destination, seg.tos == null ? 0 : seg.tos, segment));
  }

  /** Sends the stack a packet with this source address. */
  void sendPacket(int protocol, int source, byte[] payload) {
    sendFrame(ipv4(protocol, source, STACK, 0, payload));
  }

  void sendIcmp(int type, int code, int mtu, byte[] quotedTcp) {
    byte[] quoted = ipv4(6, STACK, REMOTE, 0, quotedTcp).packet();
    sendFrame(ipv4(1, REMOTE, STACK, 0, Frames.icmp(type, code, mtu, quoted)));
  }

  /** Sends an ARP reply with the remote host's MAC address (RFC 826). */
  void arpReply() {
    device.arrive(Frames.arp(STACK_MAC, 2, REMOTE_MAC, REMOTE, STACK_MAC, STACK));
    settle();
  }

  private void sendFrame(Frames.Ipv4 packet) {
    device.arrive(packet.frame(STACK_MAC, REMOTE_MAC));
  }

  private static Frames.Ipv4 ipv4(
      int protocol, int source, int destination, int tos, byte[] payload) {
    Frames.Ipv4 packet = new Frames.Ipv4(source, destination, protocol, payload);
    packet.tos = tos;
    packet.identification = 0;
    packet.fragment = 0x4000; // don't fragment
    return packet;
  }

  /** Receives a frame from the stack. */
  private void sent(ByteBuffer frame) {
    int type = frame.getShort(12) & 0xFFFF;
    if (type == 0x0806) {
      arpRequests++;
      return;
    }
    ByteBuffer ip = frame.slice(14, frame.limit() - 14);
    if (ip.getInt(16) != REMOTE) {
      toOthers.add(ip);
      return;
    }
    if (ip.get(9) == 1) {
      icmpReceived.add(ip);
      return;
    }
    ByteBuffer tcp = ip.slice(20, (ip.getShort(2) & 0xFFFF) - 20);
    byte[] bytes = new byte[tcp.limit()];
    tcp.get(0, bytes);
    ByteBuffer pseudo = ByteBuffer.allocate(12 + bytes.length);
    pseudo.putInt(STACK).putInt(REMOTE).putShort((short) 6).putShort((short) bytes.length);
    if (Frames.checksum(pseudo.put(bytes).array()) != 0) {
      fail("wrong checksum sent");
    }
    int stackPort = tcp.getShort(0) & 0xFFFF;
    int port = tcp.getShort(2) & 0xFFFF;
    // connect() may send before the script knows the port.
    peers
        .computeIfAbsent(key(port, stackPort), k -> new Peer(this, port, stackPort))
        .arrive(tcp, ip.get(1) & 0xFF, (ip.get(6) & 0x40) != 0, now);
  }

  /** Discards what has arrived so far. */
  void forgetReceived() {
    settle();
    peers.values().forEach(peer -> peer.received.clear());
  }

  /** Takes all packet buffers, so that the stack gets none. */
  void emptyPool() {
    for (long mbuf = device.pool().alloc(); mbuf != 0; mbuf = device.pool().alloc()) {
      emptied.add(mbuf);
    }
  }

  void refillPool() {
    emptied.forEach(device.pool()::free);
    emptied.clear();
  }

  // ---- The end ----

  void fail(String what) {
    failures.add(what);
  }

  String state() {
    StringBuilder text = new StringBuilder();
    for (App app : apps) {
      text.append("\n  ").append(app.connection).append(" ").append(app.error);
    }
    return text.toString();
  }

  /**
   * Ends the remaining connections, waits for the end of TIME_WAIT and retransmissions, and checks
   * that no buffer, timer or flow is left, every application was told once, and every write was
   * released.
   */
  void finish() {
    settle();
    List<Seg> unexpected = new ArrayList<>();
    peers.values().forEach(peer -> peer.received.stream().limit(3).forEach(unexpected::add));
    device.ringSpace = Integer.MAX_VALUE;
    refillPool();
    if (listener != null) {
      listener.close();
      listener.drain(0);
    }
    apps.stream().filter(app -> app.connection != null).forEach(app -> app.connection.abort());
    run(400_000);
    assertAll(
        () -> assertEquals(List.of(), failures),
        () -> assertEquals(List.of(), unexpected, "came and were not looked at"),
        () -> assertTrue(apps.stream().allMatch(App::isClosed), "an application wasn't told"),
        () -> assertEquals(0, apps.stream().mapToInt(App::held).sum(), "writes not released"),
        () -> assertEquals(0, core.connections(), "connections"),
        () -> assertEquals(0, stack.flows(), "flows"),
        () -> assertEquals(0, core.timers(), "timers"),
        () -> assertEquals(0, core.buffersInUse(), "buffers"),
        () -> assertEquals(0, stack.count(Counter.PACKET_EXCEPTIONS)),
        () -> assertEquals(expectedExceptions, stack.count(Counter.HANDLER_EXCEPTIONS)));
    discard();
  }

  /** Ends everything without checks. */
  void discard() {
    stack.close();
    pattern.close();
  }
}
