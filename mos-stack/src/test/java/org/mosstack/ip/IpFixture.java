package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.mosstack.config.ArpEntry;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** An IP layer on two fake devices and a loopback, under a virtual clock. */
final class IpFixture implements AutoCloseable {
  static final int US = Frames.ip("10.0.0.1"); // on eth0, a /24
  static final int PEER = Frames.ip("10.0.0.2");
  static final int US_1 = Frames.ip("192.168.7.1"); // on eth1, a /16
  static final int LOOPBACK = Frames.ip("127.0.0.1");
  static final int GATEWAY = Frames.ip("10.0.0.254");
  static final int FAR = Frames.ip("8.8.4.4"); // behind the gateway
  static final long MAC = 0x02_00_00_00_00_01L;
  static final long MAC_1 = 0x02_00_00_00_01_01L;
  static final long PEER_MAC = 0x02_00_00_00_00_02L;
  static final long OTHER_MAC = 0x02_00_00_00_00_03L;
  static final long SECOND = 1_000_000_000L;

  final MbufPool pool;
  final Counters counters = new Counters();
  final FakeDevice eth0;
  final FakeDevice eth1;
  final FakeDevice lo;
  final NetInterface if0;
  final NetInterface if1;
  final NetInterface ifLo;
  final IpLayer ip;
  final Upper upper = new Upper();
  long now = -5 * SECOND; // a clock's origin is arbitrary: passes through 0

  private Map<Counter, Long> seen = counts();

  IpFixture() {
    this(512, List.of());
  }

  IpFixture(int buffers, List<ArpEntry> statics) {
    this(buffers, 2048, 1500, statics, 0);
  }

  IpFixture(int buffers, int dataRoom, int mtu, List<ArpEntry> statics, int queue) {
    pool = new MbufPool(buffers, dataRoom);
    eth0 = device("eth0", MAC, mtu, queue);
    eth1 = device("eth1", MAC_1, mtu, queue);
    lo = device("lo", 0x02_00_00_00_00_FFL, mtu, queue);
    lo.onSent(
        frame -> {
          lo.sent.add(frame);
          lo.arrive(frame);
        });
    if0 = new NetInterface(eth0, queue, US, 24, 32, pool, counters, new DeviceCounters());
    if1 = new NetInterface(eth1, queue, US_1, 16, 32, pool, counters, new DeviceCounters());
    ifLo = new NetInterface(lo, queue, LOOPBACK, 8, 32, pool, counters, new DeviceCounters());
    RouteTable routes =
        RouteTable.builder()
            .onLink(0, US, 24)
            .onLink(1, US_1, 16)
            .onLink(2, LOOPBACK, 8)
            .route(0, 0, 0, GATEWAY)
            .build();
    NetInterface[] interfaces = {if0, if1, ifLo};
    ip = new IpLayer(interfaces, routes, statics, pool, counters, new SplittableRandom(1), now);
    upper.pool = pool;
    ip.transport(upper);
  }

  private FakeDevice device(String name, long mac, int mtu, int queue) {
    FakeDevice device = new FakeDevice(name, mac, mtu);
    device.queues = 2;
    device.attach(queue, pool);
    return device;
  }

  /** Receives a frame on eth0; what it causes is sent. */
  void receive(byte[] frame) {
    receive(if0, frame);
  }

  void receive(NetInterface from, byte[] frame) {
    ip.input(from, FakeDevice.mbuf(pool, frame), now);
    flush();
  }

  /** Lets time pass; what becomes due is done. */
  void advance(long nanos) {
    now += nanos;
    ip.tick(now);
    flush();
  }

  void flush() {
    if0.flush();
    if1.flush();
    ifLo.flush();
  }

  /** Sends a packet of protocol 6 with this payload to a destination that has a route. */
  boolean send(int destination, byte[] payload) {
    return send(ip.path(destination), destination, payload);
  }

  boolean send(Path path, int destination, byte[] payload) {
    long mbuf = FakeDevice.mbuf(pool, payload);
    boolean sent = ip.send(path, mbuf, ip.sourceFor(path), destination, 6, 0, 64);
    flush();
    return sent;
  }

  void peerReplies() {
    receive(Frames.arp(MAC, 2, PEER_MAC, PEER, MAC, US));
  }

  /** Returns the frames sent on eth0 since the last call. */
  List<byte[]> sent() {
    return take(eth0);
  }

  static List<byte[]> take(FakeDevice device) {
    List<byte[]> frames = List.copyOf(device.sent);
    device.sent.clear();
    return frames;
  }

  static void assertFrame(byte[] expected, byte[] actual) {
    assertEquals(HexFormat.of().formatHex(expected), HexFormat.of().formatHex(actual));
  }

  /**
   * Returns the frames of a packet's fragments to {@link #US}, in order; only the first has
   * options.
   *
   * @param bytes payload of each but the last, a multiple of 8
   */
  static List<byte[]> fragments(Frames.Ipv4 packet, int bytes) {
    List<byte[]> frames = new ArrayList<>();
    for (int from = 0; from < packet.payload.length; from += bytes) {
      int to = Math.min(from + bytes, packet.payload.length);
      frames.add(fragment(packet, from, to, to < packet.payload.length));
    }
    return frames;
  }

  /** Returns the frame of one fragment, which has a range of the packet's bytes. */
  static byte[] fragment(Frames.Ipv4 packet, int from, int to, boolean more) {
    byte[] part = Arrays.copyOfRange(packet.payload, from, to);
    Frames.Ipv4 fragment =
        new Frames.Ipv4(packet.source, packet.destination, packet.protocol, part);
    fragment.identification = packet.identification;
    fragment.tos = packet.tos;
    fragment.fragment = (more ? 0x2000 : 0) | from / 8;
    if (from == 0) {
      fragment.options = packet.options;
    }
    return fragment.frame(MAC, PEER_MAC);
  }

  static byte[] broadcastRequest(int target) {
    return Frames.arp(Frames.BROADCAST, 1, MAC, US, 0, target);
  }

  /** Exactly these counters have moved since the last call, by one for each mention. */
  void assertCounted(Counter... expected) {
    Map<Counter, Long> moved = new EnumMap<>(Counter.class);
    for (Counter each : expected) {
      moved.merge(each, 1L, Long::sum);
    }
    assertMoved(moved);
  }

  void assertMoved(Map<Counter, Long> expected) {
    Map<Counter, Long> current = counts();
    Map<Counter, Long> moved = new EnumMap<>(Counter.class);
    current.forEach(
        (counter, value) -> {
          if (!value.equals(seen.get(counter))) {
            moved.put(counter, value - seen.get(counter));
          }
        });
    seen = current;
    assertEquals(expected, moved);
  }

  private Map<Counter, Long> counts() {
    Map<Counter, Long> counts = new EnumMap<>(Counter.class);
    for (Counter each : Counter.values()) {
      counts.put(each, counters.get(each));
    }
    return counts;
  }

  /** Nothing is lost: every buffer is back when everything is closed. */
  @Override
  public void close() {
    ip.close();
    eth0.detach(0);
    eth1.detach(0);
    lo.detach(0);
    int inUse = pool.inUse();
    pool.close();
    assertEquals(0, inUse, "buffers not given back");
  }

  /** A transport that records what it is told. */
  static final class Upper implements TransportInput {
    record Segment(byte[] bytes, int source, int destination, boolean verified) {}

    final List<Segment> segments = new ArrayList<>();
    final List<List<Integer>> errors = new ArrayList<>();
    final List<Integer> unreachable = new ArrayList<>();
    Runnable onUnreachable = () -> {};
    MbufPool pool;

    /** Returned by {@link #ticket} and {@link #ticketOf}, and given to {@link #notPassedOn}. */
    long ticket = Ticket.NONE;

    long notPassedOn = Ticket.NONE;
    int moved;

    @Override
    public long ticket(long header, int length, int source, int destination) {
      return ticket;
    }

    @Override
    public long ticketOf(int localAddress, int localPort, int remoteAddress, int remotePort) {
      return ticket;
    }

    @Override
    public void notPassedOn(long ticket) {
      notPassedOn = ticket;
    }

    @Override
    public void inputMoved(
        long mbuf,
        long header,
        int length,
        int source,
        int destination,
        int tos,
        boolean checksumVerified) {
      moved++;
      input(mbuf, header, length, source, destination, tos, checksumVerified);
    }

    @Override
    public void input(
        long mbuf,
        long header,
        int length,
        int source,
        int destination,
        int tos,
        boolean checksumVerified) {
      Mbuf.setData(mbuf, header, length);
      byte[] bytes = new byte[length];
      Mbuf.copyTo(mbuf, bytes);
      segments.add(new Segment(bytes, source, destination, checksumVerified));
      pool.free(mbuf);
    }

    @Override
    public void icmpError(
        int type,
        int code,
        int mtu,
        int source,
        int destination,
        int sourcePort,
        int destinationPort,
        int sequence) {
      Integer[] all = {type, code, mtu, source, destination, sourcePort, destinationPort, sequence};
      errors.add(Arrays.asList(all));
    }

    @Override
    public void unreachable(int destination) {
      unreachable.add(destination);
      onUnreachable.run();
    }
  }
}
