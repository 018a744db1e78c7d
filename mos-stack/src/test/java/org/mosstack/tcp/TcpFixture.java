package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.SplittableRandom;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Fields;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.RouteTable;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpHandler;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.tcp.segment.TcpOptions;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;

/**
 * One core's TCP with hand-made segments on the other side, turn by turn in virtual time. Several
 * segments can arrive in one turn, and the application acts between turns or within its events.
 */
final class TcpFixture implements AutoCloseable {
  static final int US = 0x0A00_0001;
  static final int PEER = 0x0A00_0002;
  static final int PORT = 80;
  static final int MSS = 1000;
  static final int WINDOW = 60_000;
  static final int PEER_ISS = 5000;
  static final long MILLI = 1_000_000;
  private static final long MAC = 0x02_00_00_00_00_01L;

  final MbufPool pool;
  final Counters counters = new Counters();
  final ListenerTable listeners = new ListenerTable(1, new SplittableRandom(4));
  final ArrayDeque<Sent> sent = new ArrayDeque<>();
  final OffHeap memory = OffHeap.map(1 << 20);
  final TcpCore core;
  final IpLayer ip;
  private final TcpOptions options = new TcpOptions();
  private final Ipv4Fields fields = new Ipv4Fields();
  private final NetInterface netInterface;
  private final int peerMss;
  private int nextPort = 20_000;
  long now = 1_000_000_000_000L;

  /** A segment on the wire, as far as tests look at it. */
  record Sent(
      int sourcePort,
      int port,
      int flags,
      int seq,
      int ack,
      int wnd,
      int length,
      int tos,
      int ttl,
      int mss,
      int windowShift) {
    boolean has(int flag) {
      return (flags & flag) != 0;
    }
  }

  TcpFixture() {
    this(new TcpConfig(0, 10_000, 10_000, 8192, 8192, 0, 0));
  }

  TcpFixture(TcpConfig config) {
    this(config, 1500, MSS, new MbufPool(4096));
  }

  /** Returns a fixture with segments of up to 64 KB both ways, to move much data in little time. */
  static TcpFixture jumbo(TcpConfig config, int mss) {
    return new TcpFixture(config, mss + 40, mss, new MbufPool(512, 65_407));
  }

  private TcpFixture(TcpConfig config, int mtu, int peerMss, MbufPool pool) {
    this.peerMss = peerMss;
    this.pool = pool;
    FakeDevice device = new FakeDevice("cable", MAC, mtu).onTransmit(this::sent);
    device.rxChecksum = true;
    device.attach(0, pool);
    netInterface = new NetInterface(device, 0, US, 24, 256, pool, counters, new DeviceCounters());
    ip =
        new IpLayer(
            new NetInterface[] {netInterface},
            RouteTable.builder().onLink(0, US, 24).build(),
            List.of(Endpoints.neighbour(PEER, 32, 0x02_00_00_00_00_02L)),
            pool,
            counters,
            new SplittableRandom(1),
            now);
    core = new TcpCore(config, ip, pool, counters, listeners, new SplittableRandom(2), now);
    ip.transport(core.transport());
  }

  // ---- The turn, as in StackCore; arriving segments go to the core between two turns ----

  /** Ends the turn (timers, applications, output) and begins the next one. */
  void turn() {
    core.advanceTime();
    core.dispatch();
    flush();
    begin();
  }

  void flush() {
    core.flush();
    netInterface.flush();
  }

  private void begin() {
    now += 10_000;
    core.now(now);
    ip.tick(now);
  }

  /** Lets time pass in turns of a millisecond. */
  void run(long millis) {
    for (long end = now + millis * MILLI; now < end; ) {
      now += MILLI;
      core.now(now);
      turn();
    }
  }

  // ---- The peer ----

  /** A connection as the peer sees it. */
  final class Remote {
    final int port;
    final int localPort;
    int iss; // of the stack

    Remote(int port, int localPort) {
      this.port = port;
      this.localPort = localPort;
    }

    /** Sends a segment with sequence numbers relative to the initial ones. */
    void send(int flags, int seq, int ack, int wnd, int length) {
      segment(port, localPort, flags, PEER_ISS + seq, iss + ack, wnd, length, new int[0]);
    }

    void send(int flags, int seq, int ack) {
      send(flags, seq, ack, WINDOW, 0);
    }

    void ack(int seq, int ack) {
      send(TcpHeader.ACK, seq, ack);
    }

    void data(int seq, int ack, int length) {
      send(TcpHeader.ACK, seq, ack, WINDOW, length);
    }

    /** Returns the next segment that the stack sent; fails if there is none. */
    Sent next() {
      assertFalse(sent.isEmpty(), "nothing was sent");
      Sent s = sent.remove();
      assertEquals(port, s.port, "port of " + s);
      return s;
    }

    int seq(Sent s) {
      return s.seq - iss;
    }

    int ack(Sent s) {
      return s.ack - PEER_ISS;
    }
  }

  void segment(
      int port, int localPort, int flags, int seq, int ack, int wnd, int length, int[] options) {
    long mbuf = pool.alloc();
    int headerBytes = TcpHeader.MIN_BYTES + options.length * 4;
    long header = Mbuf.append(mbuf, headerBytes + length);
    TcpHeader.write(header, port, localPort, seq, ack, headerBytes, flags, wnd);
    for (int i = 0; i < options.length; i++) {
      Memory.putIntBe(header + TcpHeader.MIN_BYTES + i * 4, options[i]);
    }
    Memory.zero(header + headerBytes, length);
    core.transport().input(mbuf, header, headerBytes + length, PEER, US, 0, true);
  }

  Remote remote() {
    return new Remote(nextPort++, PORT);
  }

  Listener listen(AcceptHandler handler) {
    return listen(16, SocketOptions.DEFAULT, handler);
  }

  Listener listen(int backlog, SocketOptions options, AcceptHandler handler) {
    try {
      return listeners.bind(0, PORT, backlog, options, -1, handler, new SplittableRandom(3));
    } catch (BindException e) {
      throw new AssertionError(e);
    }
  }

  /** Performs a handshake up to the stack's SYN-ACK. */
  Remote synReceived(int... options) {
    Remote remote = remote();
    int[] all = new int[options.length + 1];
    all[0] = 2 << 24 | 4 << 16 | peerMss;
    System.arraycopy(options, 0, all, 1, options.length);
    segment(remote.port, PORT, TcpHeader.SYN, PEER_ISS, 0, WINDOW, 0, all);
    turn();
    remote.iss = remote.next().seq;
    return remote;
  }

  /** Completes the handshake, and accepts the connection with this handler. */
  Tcb accept(Remote remote, TcpHandler handler) {
    remote.ack(1, 1);
    Listener listener = listeners.find(US, PORT, 0, 0);
    Tcb c = listener.accept(0);
    c.handler(handler);
    turn();
    return c;
  }

  /** Opens a connection from this side, up to its SYN. */
  Tcb connect(TcpHandler handler) {
    return connect(SocketOptions.DEFAULT, handler);
  }

  Tcb connect(SocketOptions options, TcpHandler handler) {
    try {
      return (Tcb) core.connect(0, 0, PEER, PORT, 0, options, handler);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** Sends the SYN of an active open and answers it; returns the peer's side. */
  Remote answer(Tcb c) {
    flush();
    Remote remote = new Remote(PORT, c.localPort);
    remote.iss = remote.next().seq;
    segment(
        PORT,
        c.localPort,
        TcpHeader.SYN | TcpHeader.ACK,
        PEER_ISS,
        remote.iss + 1,
        WINDOW,
        0,
        new int[] {2 << 24 | 4 << 16 | MSS});
    turn();
    sent.clear();
    return remote;
  }

  /** Closes everything and checks that no packet buffer is missing. */
  @Override
  public void close() {
    core.close();
    ip.close();
    int inUse = pool.inUse();
    pool.close();
    memory.close();
    assertEquals(0, counters.get(Counter.HANDLER_EXCEPTIONS));
    assertEquals(0, core.received().held());
    assertEquals(0, core.timerCount());
    assertEquals(0, inUse, "buffers not given back");
  }

  /** Records what is sent. */
  private void sent(long mbuf) {
    if (EthernetHeader.type(Mbuf.data(mbuf)) != EthernetHeader.TYPE_IPV4) {
      return;
    }
    long ipHeader = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    long tcp = ipHeader + Ipv4Header.MIN_BYTES;
    long control = TcpHeader.acknowledgmentToWindow(tcp);
    int headerBytes = TcpHeader.headerBytesOf(control);
    options.parse(tcp + TcpHeader.MIN_BYTES, headerBytes - TcpHeader.MIN_BYTES);
    fields.read(ipHeader);
    int bytes = Ipv4Header.totalLength(ipHeader) - Ipv4Header.MIN_BYTES;
    sent.add(
        new Sent(
            TcpHeader.sourcePort(tcp),
            TcpHeader.destinationPort(tcp),
            TcpHeader.flags(tcp),
            TcpHeader.sequence(tcp),
            TcpHeader.acknowledgmentOf(control),
            TcpHeader.windowOf(control),
            bytes - headerBytes,
            Ipv4Header.tos(ipHeader),
            fields.ttl(),
            options.mss,
            options.windowShift));
  }
}
