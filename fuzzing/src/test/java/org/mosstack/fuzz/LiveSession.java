package org.mosstack.fuzz;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.FrameBytes;
import org.mosstack.testkit.Pattern;

/**
 * A whole stack under a virtual clock, whose cable, applications and time are driven by a fuzzer's
 * bytes. A step is a segment with numbers near the right ones, an ICMP error, an application's
 * call, passing time, or scarcity: of packet buffers, or of room to send.
 *
 * <p>Invariants: every frame the stack sends is well-formed and has the right bytes for its
 * sequence number; an application reads what was sent, and gets no events after the last; the stack
 * comes to rest at each instant. At the end, nothing is left, and a new connection works.
 */
final class LiveSession implements AutoCloseable {
  private static final int STACK = 0x0A00_0001;
  private static final int REMOTE = 0x0A00_0002;
  private static final int OTHER = 0x0A00_0003;
  private static final long STACK_MAC = 0x02_00_00_00_00_01L;
  private static final long REMOTE_MAC = 0x02_00_00_00_00_02L;
  private static final int PORT = 80;
  private static final int FRESH_PORT = 8080;
  private static final int MAX_REMOTES = 6;
  private static final int MAX_STEPS = 300;
  private static final int MAX_TURNS = 10_000;
  private static final int FRESH_BYTES = 3000;
  private static final long START_NANOS = 1_000_000_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private static final MosConfig CONFIG =
      MosConfig.builder()
          .set(MosKeys.CORE_MASK, CoreMask.of(0))
          .set(MosKeys.MAX_CONCURRENCY, 64)
          .set(MosKeys.MAX_NUM_BUFFERS, 512)
          .set(MosKeys.RMEM_SIZE, 0xFFFF)
          .set(MosKeys.WMEM_SIZE, 0xFFFF)
          .set(MosKeys.TCP_TW_INTERVAL, 10)
          .set(MosKeys.TCP_TIMEOUT, 600)
          .netdev("dpdk0 0x1 10.0.0.1/24 wire=fuzz,checksum=1")
          .arp("10.0.0.2/32 02:00:00:00:00:02")
          .build();

  private final Input in;
  private final Pattern pattern;
  private final FakeDevice device = new FakeDevice("dpdk0", STACK_MAC, 1500).onSent(this::sent);
  private final MosStack stack;
  private final StackCore core;
  private final TcpListener listener;
  private final int buffersAtStart;
  private final List<Remote> remotes = new ArrayList<>();
  private final Map<Integer, Remote> byPorts = new HashMap<>();
  private final List<FuzzedApp> apps = new ArrayList<>();
  private final List<Long> taken = new ArrayList<>();
  private String failure;
  private boolean accepts = true;
  private boolean ending;
  private int nextPort = 20_000;
  private long now = START_NANOS;

  LiveSession(byte[] input, Pattern pattern) throws IOException {
    in = new Input(input);
    this.pattern = pattern;
    stack =
        MosStack.builder(CONFIG)
            .device("wire", (_, _, _) -> device)
            .clock(() -> now)
            .seed(1)
            .allowOversubscribe(true)
            .start();
    core = stack.core(0);
    core.attach();
    listener =
        stack.listen(Endpoint.any(PORT), 3, SocketOptions.DEFAULT, -1, (_, _) -> acceptAll());
    settle();
    buffersAtStart = core.buffersInUse();
  }

  // ---- Queries by applications ----

  Pattern pattern() {
    return pattern;
  }

  boolean isEnding() {
    return ending;
  }

  /** Records a failure: thrown in an event, it would be taken for the application's own. */
  void fail(String what) {
    if (failure == null) {
      failure = what;
    }
  }

  private void check(boolean good, String what) {
    if (!good) {
      fail(what);
    }
    if (failure != null) {
      throw new AssertionError(failure);
    }
  }

  // ---- Steps ----

  /** Takes all steps, ends what is left, and checks that nothing remains. */
  void run() throws IOException {
    for (int i = 0; i < MAX_STEPS && !in.isEmpty(); i++) {
      int op = in.u8();
      step(op & 0x7F);
      if (op < 0x80) {
        settle(); // otherwise the next step is in the same turn
      }
    }
    finish();
  }

  private void step(int op) throws IOException {
    switch (op % 24) {
      case 0 -> open();
      case 1 -> connect();
      case 2, 3, 4, 5 -> polite();
      case 6, 7, 8, 9, 10, 11 -> remote().ifPresentOrElse(r -> arrive(r.fuzzed(in)), this::open);
      case 12, 13, 14, 15 -> act();
      case 16 -> pass(in.oneOf(1, 10, 40, 200, 1000) * 1_000_000L);
      case 17 -> pass(in.oneOf(1, 3, 10, 60, 120, 700) * SECOND);
      case 18 -> icmp();
      case 19 -> device.ringSpace = in.oneOf(Integer.MAX_VALUE, 0, 1, 3);
      case 20 -> scarcity();
      case 21 -> raw();
      case 22 -> bent();
      default -> {
        accepts = in.bool();
        if (accepts) {
          acceptAll();
        }
      }
    }
  }

  private Optional<Remote> remote() {
    return remotes.isEmpty()
        ? Optional.empty()
        : Optional.of(remotes.get(in.u8() % remotes.size()));
  }

  private void open() {
    if (remotes.size() == MAX_REMOTES) {
      remotes.removeFirst(); // goes silent
    }
    Remote remote = new Remote(nextPort++, PORT);
    know(remote);
    arrive(remote.syn(in.bool(), in.take(in.u8() % 24)));
  }

  private void know(Remote remote) {
    remotes.add(remote);
    byPorts.put(key(remote.port, remote.stackPort), remote);
  }

  private static int key(int port, int stackPort) {
    return port << 16 | stackPort;
  }

  private void connect() {
    FuzzedApp app = new FuzzedApp(this);
    try {
      app.connection =
          core.connect(
              Endpoint.ANY,
              new Endpoint(Ip4Address.toInet(REMOTE), 1000 + in.u8()),
              in.oneOf(0, 100, 5000),
              SocketOptions.DEFAULT,
              app);
      apps.add(app);
    } catch (IOException _) {
      // No free port, or max_concurrency reached: as documented.
    }
  }

  private void polite() {
    remote()
        .ifPresent(
            r -> {
              if (r.sndNxt == r.iss) {
                arrive(r.syn(in.bool(), new byte[0]));
              } else {
                int how = in.u8();
                arrive(r.polite(how < 64 ? 0 : how < 128 ? 1 : how * 5, how == 255));
              }
            });
  }

  private void act() {
    if (!apps.isEmpty()) {
      apps.get(in.u8() % apps.size()).act(in);
    }
  }

  private void acceptAll() {
    for (TcpConnection c; accepts && (c = listener.accept(0)) != null; ) {
      FuzzedApp app = new FuzzedApp(this);
      app.connection = c;
      c.handler(app);
      apps.add(app);
    }
  }

  /** Sends an ICMP error about something the stack has sent, or might have. */
  private void icmp() {
    if (remotes.isEmpty()) {
      return;
    }
    Remote r = remotes.get(in.u8() % remotes.size());
    int quote = FrameBytes.TCP + FrameBytes.ICMP_BYTES;
    byte[] frame = new byte[quote + FrameBytes.IPV4_BYTES + 8];
    putIpv4(frame, FrameBytes.PROTOCOL_ICMP);
    frame[FrameBytes.TCP] = (byte) in.oneOf(3, 3, 3, 11, 4, 5, 12);
    frame[FrameBytes.TCP + 1] = (byte) in.oneOf(4, 4, 0, 1, 2, 3, 13);
    FrameBytes.put16(
        frame, FrameBytes.TCP + 6, in.oneOf(0, 68, 551, 552, 1000, 1400, 1500, 65_535));
    frame[quote] = 0x45;
    FrameBytes.put16(frame, quote + 2, in.oneOf(40, 1500, 28));
    FrameBytes.put16(frame, quote + 6, 0x4000);
    frame[quote + 8] = 64;
    frame[quote + 9] = FrameBytes.PROTOCOL_TCP;
    FrameBytes.put32(frame, quote + 12, STACK);
    FrameBytes.put32(frame, quote + 16, REMOTE);
    FrameBytes.put16(frame, quote + 20, r.stackPort);
    FrameBytes.put16(frame, quote + 22, r.port);
    FrameBytes.put32(frame, quote + 24, r.rcvNxt - in.oneOf(1, 0, 1440, 2, -1440, in.i32()));
    FrameBytes.mend(frame);
    arrive(frame);
  }

  /** Takes all but a few packet buffers, or gives them back. */
  private void scarcity() {
    int left = in.oneOf(Integer.MAX_VALUE, 0, 1, 4);
    giveBack();
    while (device.pool().available() > left) {
      taken.add(device.pool().alloc());
    }
  }

  private void giveBack() {
    taken.forEach(device.pool()::free);
    taken.clear();
  }

  /** Sends arbitrary bytes as a frame. */
  private void raw() {
    byte[] rest = in.take(in.u8());
    byte[] frame = new byte[FrameBytes.ETHERNET_BYTES + rest.length];
    FrameBytes.putMac(frame, 0, STACK_MAC);
    FrameBytes.putMac(frame, 6, REMOTE_MAC);
    FrameBytes.put16(
        frame,
        12,
        in.oneOf(FrameBytes.TYPE_IPV4, FrameBytes.TYPE_ARP, FrameBytes.TYPE_IPV4, 0x86DD));
    System.arraycopy(rest, 0, frame, FrameBytes.ETHERNET_BYTES, rest.length);
    if (frame.length >= FrameBytes.TCP) {
      FrameBytes.put32(frame, FrameBytes.IP + 12, OTHER); // not a peer whose bytes are known
    }
    FrameBytes.mend(frame);
    arrive(frame);
  }

  /** Sends a fuzzed segment with header bytes changed and its checksums recomputed. */
  private void bent() {
    if (remotes.isEmpty()) {
      return;
    }
    byte[] frame = remotes.get(in.u8() % remotes.size()).fuzzed(in);
    for (int i = in.u8() % 4; i >= 0; i--) {
      int at = in.u8() % Math.min(frame.length, FrameBytes.TCP + FrameBytes.TCP_BYTES);
      // Not in the addresses and ports, which would make it an unknown peer's segment, nor in the
      // data offset: other bytes would be at its sequence numbers.
      if (at > FrameBytes.IP && at < FrameBytes.IP + 12 || at > FrameBytes.TCP + 12) {
        frame[at] = (byte) in.u8();
      }
    }
    int end = frame.length;
    if (in.bool()) {
      frame = Arrays.copyOf(frame, 1 + in.u16() % FakeDevice.MAX_FRAME_BYTES);
    }
    // Padding isn't payload, whatever the total length says.
    if (frame.length < FrameBytes.TCP
        || FrameBytes.IP + FrameBytes.u16(frame, FrameBytes.IP + 2) <= end) {
      FrameBytes.mend(frame);
      arrive(frame);
    }
  }

  static void putIpv4(byte[] frame, int protocol) {
    FrameBytes.putMac(frame, 0, STACK_MAC);
    FrameBytes.putMac(frame, 6, REMOTE_MAC);
    FrameBytes.put16(frame, 12, FrameBytes.TYPE_IPV4);
    FrameBytes.put32(frame, FrameBytes.IP, 0x4500 << 16 | frame.length - FrameBytes.IP);
    FrameBytes.put16(frame, FrameBytes.IP + 6, 0x4000);
    frame[FrameBytes.IP + 8] = 64;
    frame[FrameBytes.IP + 9] = (byte) protocol;
    FrameBytes.put32(frame, FrameBytes.IP + 12, REMOTE);
    FrameBytes.put32(frame, FrameBytes.IP + 16, STACK);
  }

  // ---- The cable and the time ----

  private void arrive(byte[] frame) {
    device.arrive(frame);
  }

  private void sent(byte[] frame) {
    String wrong = FrameBytes.wrong(frame);
    if (wrong != null) {
      fail("sent: " + wrong + " in " + HexFormat.of().formatHex(frame));
      return;
    }
    if (!FrameBytes.isTcp(frame) || FrameBytes.i32(frame, FrameBytes.IP + 16) != REMOTE) {
      return;
    }
    int stackPort = FrameBytes.u16(frame, FrameBytes.TCP);
    int port = FrameBytes.u16(frame, FrameBytes.TCP + 2);
    boolean syn =
        (FrameBytes.u8(frame, FrameBytes.TCP + 13) & (FrameBytes.SYN | FrameBytes.ACK))
            == FrameBytes.SYN;
    Remote r = byPorts.get(key(port, stackPort));
    if (r == null && syn) {
      if (remotes.size() == MAX_REMOTES) {
        remotes.removeFirst();
      }
      r = new Remote(port, stackPort);
      know(r);
    }
    if (r != null) {
      r.arrive(frame);
      checkPayload(frame, r);
    }
  }

  /**
   * What the stack sends at a sequence number is what was written there, even when retransmitted.
   */
  private void checkPayload(byte[] frame, Remote r) {
    int headerBytes = (FrameBytes.u8(frame, FrameBytes.TCP + 12) >> 4) * 4;
    int from = FrameBytes.TCP + headerBytes;
    int length = FrameBytes.u16(frame, FrameBytes.IP + 2) - FrameBytes.IPV4_BYTES - headerBytes;
    int index = FrameBytes.i32(frame, FrameBytes.TCP + 4) - r.stackIss - 1;
    for (int i = 0; i < length; i++) {
      if (index + i < 0 || frame[from + i] != pattern.at(index + i)) {
        fail("byte " + (index + i) + " was sent as " + frame[from + i]);
        return;
      }
    }
  }

  /** Takes turns until there is nothing more to do at this instant. */
  private void settle() {
    int turns = 0;
    while (core.poll() != 0 || device.waiting() > 0) {
      if (++turns == MAX_TURNS) {
        check(false, "the stack doesn't come to rest");
      }
    }
    check(true, "");
  }

  private void pass(long nanos) {
    runUntil(() -> false, nanos);
  }

  private boolean runUntil(BooleanSupplier condition, long nanos) {
    long end = now + nanos;
    settle();
    int turns = 0;
    while (!condition.getAsBoolean()) {
      if (now - end >= 0) {
        return false;
      }
      if (++turns == 20 * MAX_TURNS) {
        check(false, "deadlines follow each other without end");
      }
      now = Math.min(end, Math.max(now + 1_000_000, core.nextDeadlineNanos()));
      settle();
    }
    return true;
  }

  // ---- The end ----

  private void finish() throws IOException {
    ending = true;
    device.ringSpace = Integer.MAX_VALUE;
    giveBack();
    listener.close();
    listener.drain(0);
    for (FuzzedApp app : apps) {
      if (!app.isClosed()) {
        if (in.bool()) {
          app.connection.abort();
        } else {
          app.connection.close();
        }
      }
    }
    // Longer than retransmissions go on (RFC 9293 section 3.8.3: R2), and than tcp_timeout.
    pass(3000 * SECOND);
    checkNothingIsLeft();
    freshConnection();
    pass(3000 * SECOND);
    checkNothingIsLeft();
  }

  /** A well-behaved peer connects, both send, both close. */
  private void freshConnection() throws IOException {
    FuzzedApp app = new FuzzedApp(this);
    stack.listen(
        Endpoint.any(FRESH_PORT),
        1,
        SocketOptions.DEFAULT,
        -1,
        (l, _) -> {
          app.connection = l.accept(0);
          app.connection.handler(app);
          apps.add(app);
        });
    Remote peer = new Remote(19_999, FRESH_PORT);
    know(peer);
    arrive(peer.syn(true, new byte[0]));
    settle();
    check(peer.stackSynSeen, "a new connection isn't answered");
    arrive(peer.polite(0, false));
    settle();
    check(app.connection != null, "a new connection isn't accepted");
    for (int i = 0; i < FRESH_BYTES / 1000; i++) {
      arrive(peer.polite(1000, false));
    }
    app.write(FRESH_BYTES);
    int all = peer.stackIss + 1 + FRESH_BYTES;
    boolean done =
        runUntil(
            () -> {
              arrive(peer.polite(0, false));
              return peer.rcvNxt == all && app.read() == FRESH_BYTES;
            },
            100 * SECOND);
    check(done, "a new connection stalls");
    app.connection.close();
    settle();
    arrive(peer.polite(0, true));
    settle();
    check(peer.rcvNxt == all + 1, "a new connection doesn't end");
  }

  private void checkNothingIsLeft() {
    for (FuzzedApp app : apps) {
      check(app.isClosed() && app.held() == 0, "an application wasn't told of the end");
    }
    check(core.connections() == 0, "connections left: " + core.connections());
    check(stack.flows() == 0, "flows left: " + stack.flows());
    check(core.timers() == 0, "timers left: " + core.timers());
    int buffers = core.buffersInUse() - buffersAtStart;
    check(buffers == 0, "packet buffers not given back: " + buffers);
    check(stack.count(Counter.HANDLER_EXCEPTIONS) == 0, "an event threw");
    check(stack.count(Counter.PACKET_EXCEPTIONS) == 0, "a packet threw");
  }

  @Override
  public void close() {
    giveBack();
    stack.close();
  }
}
