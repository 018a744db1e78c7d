package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Capabilities;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** Ports that spread flows differently from what they say, or don't say how they do it. */
class RssDeviceTest {
  private static final int QUEUES = 4;

  private final SplittableRandom random = new SplittableRandom(11);
  private final List<String> log = new ArrayList<>();
  private final MbufPool[] pools = new MbufPool[QUEUES];
  private final long[] burst = new long[64];
  private FakePort port;
  private RssDevice device;

  /** A NIC: what it says it does, and what it does. */
  private final class FakePort implements NetDevice {
    final Rss says = Rss.random(random, QUEUES);
    Rss does = says;
    boolean notesHash = true;
    String problem;
    private boolean started;
    private final List<ArrayDeque<Long>> rings = new ArrayList<>();

    FakePort() {
      for (int i = 0; i < QUEUES; i++) {
        rings.add(new ArrayDeque<>());
      }
    }

    /** Puts a packet of a flow into the queue that the NIC selects. */
    int arrive(int flow) {
      int hash = does.hash(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
      int queue = does.queue(hash);
      long mbuf = FlowFrames.tcp(pools[queue], flow, 1, 20);
      Mbuf.setRssHash(mbuf, hash);
      Mbuf.setFlags(mbuf, notesHash ? Mbuf.RX_RSS_HASH : 0);
      rings.get(queue).add(mbuf);
      return queue;
    }

    @Override
    public String name() {
      return "dpdk0";
    }

    @Override
    public int queues() {
      return QUEUES;
    }

    @Override
    public long mac() {
      return 2;
    }

    @Override
    public int mtu() {
      return 1500;
    }

    @Override
    public Capabilities capabilities() {
      boolean silent = started && problem != null;
      return new Capabilities(
          false, false, false, silent ? Optional.empty() : Optional.of(says), false);
    }

    @Override
    public Optional<String> rssProblem() {
      return Optional.ofNullable(problem);
    }

    @Override
    public void start(List<MbufPool> all) {
      started = true;
    }

    @Override
    public void attach(int queue, MbufPool pool) {}

    @Override
    public int receive(int queue, long[] mbufs, int max) {
      int n = 0;
      while (n < max && !rings.get(queue).isEmpty()) {
        mbufs[n++] = rings.get(queue).poll();
      }
      return n;
    }

    @Override
    public int transmit(int queue, long[] mbufs, int n) {
      return 0;
    }

    @Override
    public long receiveErrors(int queue) {
      return 0;
    }

    @Override
    public void detach(int queue) {}

    @Override
    public void close() {}
  }

  private void start(FakePort newPort) {
    port = newPort;
    device = new RssDevice(port, random, log::add);
    assertTrue(device.capabilities().rss().isPresent(), "a queue for each core is enough");
    device.start(List.of());
    for (int i = 0; i < QUEUES; i++) {
      pools[i] = new MbufPool(4096);
      device.attach(i, pools[i]);
    }
  }

  @AfterEach
  void close() {
    for (int core = 0; core < QUEUES; core++) {
      device.detach(core);
    }
    device.close();
    for (MbufPool pool : pools) {
      assertEquals(0, pool.inUse());
      pool.close();
    }
  }

  /** Each core takes what it gets; all of it must be its own. */
  private int receiveAll() {
    int count = 0;
    Rss map = device.capabilities().rss().orElseThrow();
    for (int round = 0; round < 3; round++) { // packets are passed on to earlier cores, too
      for (int core = 0; core < QUEUES; core++) {
        int n = device.receive(core, burst, burst.length);
        for (int i = 0; i < n; i++) {
          int flow = FlowFrames.flow(burst[i]);
          assertTrue(FlowFrames.isIntact(burst[i]));
          assertEquals(
              core,
              map.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT),
              "core of flow " + flow);
          pools[core].free(burst[i]);
        }
        count += n;
      }
    }
    return count;
  }

  private void flowsArrive(int count) {
    for (int i = 0; i < count; i++) {
      for (int packet = 0; packet < 3; packet++) {
        port.arrive(1000 + i);
      }
      assertEquals(3, receiveAll());
    }
  }

  @Test
  void aPortThatDoesAsItSaysIsLeftAlone() {
    start(new FakePort());
    flowsArrive(200);
    assertFalse(device.isInSoftware());
    assertEquals(List.of(), log);
    assertEquals(
        Optional.of(port.says).map(Rss::key).map(k -> k[7]),
        device.capabilities().rss().map(Rss::key).map(k -> k[7]));
  }

  @Test
  void aPortThatDoesNotTellIsSteeredInSoftware() {
    FakePort silent = new FakePort();
    silent.problem = "the port doesn't tell its hash key: Operation not supported";
    start(silent);
    flowsArrive(200);
    assertTrue(device.isInSoftware());
    assertEquals(
        List.of(
            "dpdk0: flows are spread over the cores in software: the port doesn't tell its hash"
                + " key: Operation not supported"),
        log);
  }

  private static Rss reversed(Rss rss) {
    byte[] key = rss.key();
    for (int i = 0; i < key.length; i += 4) {
      for (int j = 0; j < 2; j++) {
        byte b = key[i + j];
        key[i + j] = key[i + 3 - j];
        key[i + 3 - j] = b;
      }
    }
    return new Rss(key, rss.reta());
  }

  private void expectOneLine(String start) {
    assertTrue(device.isInSoftware());
    assertEquals(1, log.size());
    assertTrue(
        log.getFirst().startsWith("dpdk0: flows are spread over the cores in software: " + start),
        log.getFirst());
  }

  /** As mlx5 takes the words of a key in another order. */
  @Test
  void aPortThatHashesOtherwiseIsFoundOutByItsFirstPacket() {
    FakePort other = new FakePort();
    other.does = reversed(other.says);
    start(other);
    port.arrive(1);
    assertEquals(1, receiveAll());
    expectOneLine("the port's hash of a packet is 0x");
    flowsArrive(200);
    assertEquals(1, log.size());
  }

  @Test
  void withoutANoteOfTheHashTheQueueTells() {
    FakePort other = new FakePort();
    other.does = reversed(other.says);
    other.notesHash = false;
    start(other);
    flowsArrive(200);
    expectOneLine("a packet came on queue ");
  }

  @Test
  void aPortWithAnotherTableIsFoundOut() {
    FakePort other = new FakePort();
    int[] reta = other.says.reta();
    reta[17] = (reta[17] + 1) % QUEUES;
    other.does = new Rss(other.says.key(), reta);
    start(other);
    flowsArrive(2000);
    expectOneLine("a packet came on queue ");
  }

  /** The switch may come amid traffic: existing flows stay where they are. */
  @Test
  void flowsThatBeganBeforeStayOnTheirCores() {
    start(new FakePort());
    flowsArrive(20);
    assertFalse(device.isInSoftware());
    port.does = reversed(port.says);
    flowsArrive(200); // the same flows first: each on its previous core
    expectOneLine("the port's hash");
  }

  @Test
  void aQueueThatHasPassedIsNotLookedAtAnyMore() {
    RssCheck check = new RssCheck(port().says, 0);
    int looked = 0;
    for (int flow = 0; !check.isPassed(); flow++) {
      if (queueOf(flow) == 0) {
        assertNull(problem(check, flow, TcpHeader.ACK));
        looked++;
      }
    }
    assertEquals(RssCheck.FLOWS, looked);
  }

  /** Otherwise a peer's upload, or a load balancer's probe, would speak for all future flows. */
  @Test
  void aQueueDoesNotPassByWhatFewFlowsSend() {
    RssCheck check = new RssCheck(port().says, 0);
    int[] flows = flowsOf(0, RssCheck.FLOWS);
    for (int i = 0; i < 100 * RssCheck.FLOWS; i++) {
      int flow = flows[i % (RssCheck.FLOWS - 1)];
      assertNull(problem(check, flow, TcpHeader.SYN));
      assertNull(problem(check, flow, TcpHeader.ACK));
    }
    assertFalse(check.isPassed());
    int wrong = flowOf(1);
    assertNull(problem(check, wrong, TcpHeader.ACK), "only beginnings are looked at by now");
    assertTrue(
        problem(check, wrong, TcpHeader.SYN).startsWith("a packet came on queue 0"), "a new flow");
    assertNull(problem(check, flows[RssCheck.FLOWS - 1], TcpHeader.SYN | TcpHeader.ACK));
    assertTrue(check.isPassed());
  }

  private String problem(RssCheck check, int flow, int flags) {
    long mbuf = FlowFrames.tcp(pools[0], flow, 1, 20);
    long tcp = Mbuf.data(mbuf) + EthernetHeader.BYTES + Ipv4Header.MIN_BYTES;
    TcpHeader.write(tcp, flow, FlowFrames.SERVER_PORT, 1, 0, TcpHeader.MIN_BYTES, flags, 65535);
    String problem = check.problem(mbuf);
    pools[0].free(mbuf);
    return problem;
  }

  private FakePort port() {
    start(new FakePort());
    return port;
  }

  /** What NICs hash at their discretion, or not at all, proves nothing. */
  @Test
  void onlyPlainTcpIsCompared() {
    start(new FakePort());
    byte[] frame = FlowFrames.bytes(burst[0] = FlowFrames.tcp(pools[0], flowOf(1), 1, 20));
    pools[0].free(burst[0]);
    expectNoOpinion(changed(frame, 14 + 9, 17)); // UDP
    expectNoOpinion(changed(frame, 14 + 6, 0x20)); // a fragment
    expectNoOpinion(changed(frame, 14 + 3, 39)); // no room for a TCP header
    expectNoOpinion(changed(frame, 14 + 3, frame.length - 13)); // longer than its frame
    expectNoOpinion(changed(frame, 12, 0x81)); // a VLAN tag
    for (int length = 0; length < 54; length++) {
      expectNoOpinion(Arrays.copyOf(frame, length));
    }
    byte[] broken = frame.clone();
    broken[14 + 15] ^= 1; // an address, in transit
    expectNoOpinion(broken);
    long mbuf = FlowFrames.raw(pools[0], changed(frame, 14 + 8, 7)); // the time to live
    assertTrue(new RssCheck(port.says, 0).problem(mbuf).startsWith("a packet came on queue 0"));
    pools[0].free(mbuf);
  }

  /** Returns the frame with one byte changed and the IP checksum adjusted. */
  private byte[] changed(byte[] frame, int index, int value) {
    byte[] changed = frame.clone();
    changed[index] = (byte) value;
    long mbuf = FlowFrames.raw(pools[0], changed);
    Ipv4Header.writeChecksum(Mbuf.data(mbuf) + EthernetHeader.BYTES);
    byte[] result = FlowFrames.bytes(mbuf);
    pools[0].free(mbuf);
    return result;
  }

  private int queueOf(int flow) {
    return port.says.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT);
  }

  private int[] flowsOf(int queue, int count) {
    return IntStream.iterate(1, flow -> flow + 1)
        .filter(flow -> queueOf(flow) == queue)
        .limit(count)
        .toArray();
  }

  private int flowOf(int queue) {
    return flowsOf(queue, 1)[0];
  }

  private void expectNoOpinion(byte[] frame) {
    long mbuf = FlowFrames.raw(pools[0], frame);
    assertNull(new RssCheck(port.says, 0).problem(mbuf));
    pools[0].free(mbuf);
  }

  /** A core that sleeps when another finds out is woken for what is passed on to it. */
  @Test
  void aSleepingCoreIsWoken() {
    start(new FakePort());
    port.does = reversed(port.says);
    boolean[] woken = new boolean[1];
    int flow = 0;
    while (port.does.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT) != 0
        || port.says.queue(FlowFrames.CLIENT, FlowFrames.SERVER, flow, FlowFrames.SERVER_PORT)
            != 3) {
      flow++;
    }
    device.onArrival(3, () -> woken[0] = true);
    assertTrue(device.prepareSleep(3));
    port.arrive(flow);
    assertEquals(0, device.receive(0, burst, burst.length));
    assertTrue(woken[0]);
    device.finishSleep(3);
    assertFalse(device.prepareSleep(3));
    assertEquals(1, receiveAll());
  }
}
