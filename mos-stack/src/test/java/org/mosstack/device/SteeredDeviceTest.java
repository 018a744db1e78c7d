package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** Software steering over a wire whose end has fewer queues, on one thread. */
class SteeredDeviceTest {
  private static final int MTU = 1500;

  private final SplittableRandom random = new SplittableRandom(7);
  private final List<MbufPool> pools = new ArrayList<>();
  private final long[] burst = new long[4096];

  /** A steered device, and the plain one at the other end of its wire. */
  private final class Bed {
    final WireEnd portEnd;
    final SteeredDevice steered;
    final WireEnd peer;
    final Rss rss;
    final MbufPool[] pools;
    final MbufPool peerPool;

    Bed(int queues, int cores, int buffers) {
      portEnd = new WireEnd("dpdk0", queues, MTU, true, random);
      peer = new WireEnd("peer", 1, MTU, true, random);
      WireEnd.connect(portEnd, peer);
      steered = new SteeredDevice(portEnd, cores, random);
      rss = steered.capabilities().rss().orElseThrow();
      pools = new MbufPool[cores];
      for (int i = 0; i < cores; i++) {
        pools[i] = pool(buffers);
        steered.attach(i, pools[i]);
      }
      peerPool = pool(20_000);
      peer.attach(0, peerPool);
    }

    /** From the peer, as it comes. */
    void arrive(long mbuf) {
      burst[0] = mbuf;
      assertEquals(1, peer.transmit(0, burst, 1));
    }

    int coreOf(int flow) {
      return rss.queue(Frames.CLIENT, Frames.SERVER, flow, Frames.SERVER_PORT);
    }

    /** A flow of the core. */
    int flowOf(int core) {
      for (int flow = 0; ; flow++) {
        if (coreOf(flow) == core) {
          return flow;
        }
      }
    }

    /** All cores receive, owners first, and free what they get. */
    int[] receiveAll() {
      int[] received = new int[pools.length];
      for (int core = 0; core < pools.length; core++) {
        received[core] = receiveAndFree(steered, core, pools[core]);
      }
      return received;
    }

    int send(int core, int sequence) {
      burst[0] = Frames.tcp(pools[core], core, sequence, 20);
      int taken = steered.transmit(core, burst, 1);
      if (taken == 0) {
        pools[core].free(burst[0]);
      }
      return taken;
    }

    void close() {
      for (int core = 0; core < pools.length; core++) {
        steered.detach(core);
      }
      steered.close();
      peer.detach(0);
      peer.close();
    }
  }

  private MbufPool pool(int capacity) {
    MbufPool pool = new MbufPool(capacity);
    pools.add(pool);
    return pool;
  }

  private int receiveAndFree(NetDevice device, int queue, MbufPool pool) {
    int n = device.receive(queue, burst, burst.length);
    for (int i = 0; i < n; i++) {
      pool.free(burst[i]);
    }
    return n;
  }

  @AfterEach
  void allBuffersAreBack() {
    for (MbufPool pool : pools) {
      assertEquals(0, pool.inUse());
      pool.close();
    }
  }

  // ---- Which core ----

  /** A port that spreads by itself and one that is steered, by the same key and table. */
  @ParameterizedTest
  @CsvSource({"1,1", "1,2", "2,2", "1,3", "2,3", "1,5", "2,5", "1,17", "3,17", "1,65", "2,65"})
  void softwareSteersAsHardwareDoes(int queues, int cores) {
    WireEnd hardware = new WireEnd("nic", cores, MTU, true, random);
    Rss rss = hardware.capabilities().rss().orElseThrow();
    WireEnd sender = new WireEnd("peer", 1, MTU, true, random);
    WireEnd.connect(hardware, sender);
    WireEnd port = new WireEnd("port", queues, MTU, true, random);
    WireEnd portSender = new WireEnd("peer", 1, MTU, true, random);
    WireEnd.connect(port, portSender);
    SteeredDevice software = new SteeredDevice(port, cores, rss);
    MbufPool one = pool(100);
    sender.attach(0, one);
    portSender.attach(0, one);
    for (int core = 0; core < cores; core++) {
      hardware.attach(core, one);
      software.attach(core, one);
    }
    int[] used = new int[cores];
    for (int i = 0; i < 3000; i++) {
      long frame = randomFrame(one);
      long same = one.copy(frame);
      burst[0] = frame;
      assertEquals(1, sender.transmit(0, burst, 1));
      burst[0] = same;
      assertEquals(1, portSender.transmit(0, burst, 1));
      int expected = onlyReceiver(hardware, one, cores);
      assertEquals(expected, onlyReceiver(software, one, cores), "frame " + i);
      used[expected]++;
      if (i % 100 == 99) { // so that senders take their buffers back
        sender.receive(0, burst, 1);
        portSender.receive(0, burst, 1);
      }
    }
    assertTrue(Arrays.stream(used).min().orElseThrow() > 0, Arrays.toString(used));
    for (NetDevice device : List.of(hardware, software, sender, portSender)) {
      for (int queue = 0; queue < device.queues(); queue++) {
        device.detach(queue);
      }
    }
  }

  /** TCP, UDP, ICMP, fragments, of random flows. */
  private long randomFrame(MbufPool pool) {
    long mbuf = Frames.tcp(pool, 1, 1, random.nextInt(100));
    long ip = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    for (int i = 12; i < 24; i++) { // addresses and ports
      Memory.putByte(ip + i, random.nextInt());
    }
    int[] protocols = {Ipv4Header.PROTOCOL_TCP, Ipv4Header.PROTOCOL_UDP, Ipv4Header.PROTOCOL_ICMP};
    Memory.putByte(ip + 9, protocols[random.nextInt(3)]);
    Memory.putByte(ip + 6, random.nextInt(4) == 0 ? 0x20 : 0);
    return mbuf;
  }

  private int onlyReceiver(NetDevice device, MbufPool pool, int cores) {
    int found = -1;
    for (int turn = 0; turn < 2; turn++) { // a later core may own the port's queue
      for (int core = 0; core < cores; core++) {
        if (receiveAndFree(device, core, pool) > 0) {
          assertEquals(-1, found, "two cores");
          found = core;
        }
      }
    }
    return found;
  }

  @Test
  void framesWithoutAFlowStayWithTheOwner() {
    Bed bed = new Bed(1, 4, 10);
    long arp = Frames.tcp(bed.peerPool, bed.flowOf(3), 0, 0);
    Memory.putByte(Mbuf.data(arp) + EthernetHeader.BYTES - 1, 0x06);
    bed.arrive(arp);
    bed.arrive(Frames.raw(bed.peerPool, new byte[0]));
    bed.arrive(Frames.raw(bed.peerPool, new byte[5]));
    assertEquals(3, bed.receiveAll()[0]);
    bed.close();
  }

  /** No byte behind a frame's end decides on its queue. */
  @Test
  void lengthsAreChecked() {
    Bed bed = new Bed(1, 64, 10);
    FlowClassifier classifier = new FlowClassifier(bed.rss);
    int flow = 0;
    int byAddress = bed.rss.queue(bed.rss.hash(Frames.CLIENT, Frames.SERVER));
    while (bed.coreOf(flow) == byAddress) {
      flow++;
    }
    for (int length = 0; length <= 54; length++) {
      long mbuf = Frames.tcp(bed.peerPool, flow, 0, 0);
      Mbuf.trimBack(mbuf, 54 - length);
      int expected = length < 34 ? -1 : length < 38 ? byAddress : bed.coreOf(flow);
      assertEquals(expected, classifier.queue(mbuf, -1), "frame of " + length);
      bed.peerPool.free(mbuf);
    }
    bed.close();
  }

  @Test
  void isAPortOfItsOwn() {
    Bed bed = new Bed(2, 5, 10);
    SteeredDevice steered = bed.steered;
    assertEquals("dpdk0", steered.name());
    assertEquals(5, steered.queues());
    assertEquals(bed.portEnd.mac(), steered.mac());
    assertEquals(MTU, steered.mtu());
    assertTrue(steered.linkUp());
    assertTrue(steered.capabilities().wakeups());
    assertEquals(5, Arrays.stream(bed.rss.reta()).distinct().count());
    IllegalStateException again =
        assertThrows(IllegalStateException.class, () -> steered.attach(3, bed.pools[3]));
    assertEquals("dpdk0: queue 3 was attached before", again.getMessage());
    IllegalArgumentException tooFew =
        assertThrows(
            IllegalArgumentException.class, () -> new SteeredDevice(bed.portEnd, 1, random));
    assertEquals("dpdk0: 2 queues for 1 cores", tooFew.getMessage());
    bed.close();
  }

  /** A port may refuse its queue; the others' packets aren't kept for it then. */
  @Test
  void anOwnerThatCouldNotAttachStopsNobody() {
    WireEnd port = new WireEnd("dpdk0", 1, MTU, true, random);
    NetDevice refusing =
        new ForwardingDevice(port) {
          @Override
          public void attach(int queue, MbufPool pool) {
            throw new IllegalStateException("refused");
          }

          @Override
          public int transmit(int queue, long[] mbufs, int n) {
            throw new IllegalStateException("not attached");
          }
        };
    SteeredDevice steered = new SteeredDevice(refusing, 2, random);
    MbufPool own = pool(10);
    MbufPool other = pool(4000);
    assertThrows(IllegalStateException.class, () -> steered.attach(0, own));
    steered.attach(1, other);
    for (int i = 0; i < 3000; i++) {
      burst[0] = Frames.tcp(other, 1, i, 0);
      assertEquals(1, steered.transmit(1, burst, 1));
    }
    steered.detach(0);
    steered.detach(1);
  }

  /** Of a pool for each core the port gets those of its queues' owners. */
  @Test
  void startsThePortWithItsOwnersPools() {
    List<MbufPool> started = new ArrayList<>();
    NetDevice port =
        new ForwardingDevice(new WireEnd("dpdk0", 2, MTU, true, random)) {
          @Override
          public void start(List<MbufPool> pools) {
            started.addAll(pools);
          }

          @Override
          public boolean linkUp() {
            return false;
          }
        };
    SteeredDevice steered = new SteeredDevice(port, 4, random);
    List<MbufPool> all = List.of(pool(1), pool(1), pool(1), pool(1));
    steered.start(all);
    assertEquals(all.subList(0, 2), started);
    assertFalse(steered.linkUp());
  }

  // ---- Sending ----

  @Test
  void coresWithoutAQueueSendThroughOwnersEvenly() {
    Bed bed = new Bed(2, 7, 100);
    int[] sent = new int[2];
    for (int core = 0; core < 7; core++) {
      for (int i = 0; i < 10; i++) {
        assertEquals(1, bed.send(core, i));
      }
    }
    assertEquals(20, receiveAndFree(bed.peer, 0, bed.peerPool), "the owners' own");
    for (int owner = 0; owner < 2; owner++) {
      bed.steered.receive(owner, burst, 10);
      sent[owner] = bed.peer.receive(0, burst, burst.length);
      for (int i = 0; i < sent[owner]; i++) {
        assertTrue(Frames.isIntact(burst[i]));
        assertEquals(owner, Frames.flow(burst[i]) % 2);
        bed.peerPool.free(burst[i]);
      }
    }
    assertEquals(List.of(30, 20), List.of(sent[0], sent[1]), "cores 2, 4, 6 and 3, 5");
    bed.close();
  }

  /** The peer doesn't receive: the port's ring fills, then what is held, then the rings. */
  @Test
  void aFullPortHoldsItsSendersUpAndLosesNothing() {
    Bed bed = new Bed(1, 3, 8000);
    int[] next = new int[3];
    int[] seen = new int[3];
    int received = 0;
    boolean[] refused = new boolean[3];
    for (int turn = 0; turn < 300; turn++) {
      for (int core = 0; core < 3; core++) {
        for (int i = 0; i < 40; i++) {
          if (bed.send(core, next[core]) == 1) {
            next[core]++;
          } else {
            refused[core] = true;
          }
        }
      }
      assertEquals(0, bed.steered.receive(0, burst, 64));
      received += takeInOrder(bed, turn < 100 ? 0 : 50, seen);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(0, bed.steered.receive(0, burst, 64));
      received += takeInOrder(bed, 1000, seen);
    }
    assertTrue(refused[0] && refused[1] && refused[2], "all were held up");
    assertEquals(Arrays.stream(next).sum(), received);
    bed.close();
  }

  private int takeInOrder(Bed bed, int max, int[] seen) {
    int n = bed.peer.receive(0, burst, max);
    for (int i = 0; i < n; i++) {
      assertTrue(Frames.isIntact(burst[i]));
      assertEquals(seen[Frames.flow(burst[i])]++, Frames.sequence(burst[i]));
      bed.peerPool.free(burst[i]);
    }
    return n;
  }

  /** While the port takes few packets, the owner and the others all get their share of it. */
  @Test
  void nobodyIsKeptFromSending() {
    Bed bed = new Bed(1, 3, 8000);
    int[] next = new int[3];
    int[] seen = new int[3];
    for (int turn = 0; turn < 3000; turn++) {
      for (int core = 2; core >= 0; core--) {
        for (int i = 0; i < 10; i++) {
          next[core] += bed.send(core, next[core]);
        }
      }
      for (int i = 0; i < 4; i++) {
        bed.steered.receive(0, burst, 64);
      }
      takeInOrder(bed, 4, seen);
    }
    int all = Arrays.stream(seen).sum();
    for (int core = 0; core < 3; core++) {
      assertTrue(seen[core] > all / 6, "core " + core + " of " + Arrays.toString(seen));
    }
    bed.close();
  }

  /** A sender that gives up on its packet doesn't stop the others. */
  @Test
  void anOwnerThatDoesNotTryAgainStopsNobody() {
    Bed bed = new Bed(1, 2, 8000);
    while (bed.send(0, 0) == 1) {
      // until the port is full
    }
    assertEquals(1, bed.send(1, 77));
    while (receiveAndFree(bed.peer, 0, bed.peerPool) > 0) {
      // all that was sent
    }
    for (int i = 0; i < 16; i++) {
      assertEquals(0, bed.steered.receive(0, burst, 64));
    }
    assertEquals(1, bed.peer.receive(0, burst, 64));
    assertEquals(77, Frames.sequence(burst[0]));
    bed.peerPool.free(burst[0]);
    bed.close();
  }

  /** What the owner has no buffer for waits. */
  @Test
  void anEmptyPoolOfTheOwnerHoldsUp() {
    Bed bed = new Bed(1, 2, 8);
    long[] hoard = new long[8];
    for (int i = 0; i < 8; i++) {
      hoard[i] = bed.pools[0].alloc();
    }
    assertEquals(1, bed.send(1, 5));
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertFalse(bed.steered.prepareSleep(0), "a packet waits");
    assertEquals(0, bed.peer.receive(0, burst, 64));
    for (long mbuf : hoard) {
      bed.pools[0].free(mbuf);
    }
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertEquals(1, receiveAndFree(bed.peer, 0, bed.peerPool));
    assertEquals(0, bed.steered.receiveErrors(0));
    bed.close();
  }

  // ---- Loss ----

  @Test
  void aFullRingToACoreDropsAndCounts() {
    Bed bed = new Bed(1, 3, 8000);
    int slow = bed.flowOf(2);
    int other = bed.flowOf(1);
    int sent = 0;
    int received = 0;
    for (int turn = 0; turn < 60; turn++) {
      for (int i = 0; i < 50; i++) {
        bed.arrive(Frames.tcp(bed.peerPool, slow, sent++, 0));
      }
      bed.arrive(Frames.tcp(bed.peerPool, other, turn, 0));
      receiveAndFree(bed.steered, 0, bed.pools[0]);
      received += receiveAndFree(bed.steered, 1, bed.pools[1]);
    }
    assertEquals(60, received, "another core isn't disturbed");
    int kept = bed.steered.receive(2, burst, burst.length);
    assertTrue(kept >= 64, "kept " + kept);
    for (int i = 0; i < kept; i++) {
      assertEquals(i, Frames.sequence(burst[i]));
      bed.pools[2].free(burst[i]);
    }
    assertEquals(sent - kept, bed.steered.receiveErrors(0));
    assertEquals(0, bed.steered.receiveErrors(2));
    bed.arrive(Frames.tcp(bed.peerPool, slow, sent, 0));
    assertEquals(1, bed.receiveAll()[2], "room again");
    bed.close();
  }

  @Test
  void anEmptyPoolDropsAndCounts() {
    Bed bed = new Bed(1, 2, 4);
    int flow = bed.flowOf(1);
    for (int i = 0; i < 3; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, flow, i, 0));
    }
    long[] hoard = {bed.pools[1].alloc(), bed.pools[1].alloc(), bed.pools[1].alloc()};
    assertEquals(1, bed.receiveAll()[1]);
    assertEquals(2, bed.steered.receiveErrors(1));
    assertEquals(0, bed.steered.receiveErrors(0));
    for (long mbuf : hoard) {
      bed.pools[1].free(mbuf);
    }
    assertEquals(0, bed.receiveAll()[0]);
    long[] owners = new long[4];
    for (int i = 0; i < 4; i++) {
      owners[i] = bed.pools[0].alloc();
      assertTrue(owners[i] != 0, "the owner has its buffers back");
    }
    bed.arrive(Frames.tcp(bed.peerPool, flow, 3, 0));
    assertEquals(0, bed.receiveAll()[1]);
    assertEquals(1, bed.steered.receiveErrors(0), "the port's own count");
    for (long mbuf : owners) {
      bed.pools[0].free(mbuf);
    }
    bed.close();
  }

  // ---- Leaving ----

  @Test
  void aCoreThatLeavesStopsNobody() {
    Bed bed = new Bed(1, 3, 100);
    for (int i = 0; i < 5; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), i, 0));
    }
    receiveAndFree(bed.steered, 0, bed.pools[0]); // on their way to core 2
    assertEquals(1, bed.send(2, 99)); // and one from it
    bed.steered.detach(2);
    assertEquals(0, bed.pools[2].inUse(), "it has its buffers back at once");
    receiveAndFree(bed.steered, 0, bed.pools[0]);
    assertEquals(1, bed.peer.receive(0, burst, 1));
    assertEquals(99, Frames.sequence(burst[0]), "what it sent last goes out");
    bed.peerPool.free(burst[0]);
    for (int round = 0; round < 2000; round++) {
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), round, 0));
      bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(1), round, 0));
      assertEquals(1, bed.send(1, round));
      assertEquals(0, receiveAndFree(bed.steered, 0, bed.pools[0]));
      assertEquals(1, receiveAndFree(bed.steered, 1, bed.pools[1]));
      assertEquals(1, receiveAndFree(bed.peer, 0, bed.peerPool));
    }
    assertEquals(2000, bed.steered.receiveErrors(0), "what came for it is counted");
    bed.close();
  }

  @Test
  void withAnOwnerGoesItsQueueAndNothingElse() {
    Bed bed = new Bed(2, 4, 3000);
    assertEquals(1, bed.send(2, 1));
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(3), 0, 0));
    for (int core = 0; core < 2; core++) {
      receiveAndFree(bed.steered, core, bed.pools[core]); // passed on, or sent
    }
    assertEquals(1, bed.send(2, 2));
    bed.steered.detach(0);
    assertEquals(0, bed.pools[0].inUse(), "it has its buffers back at once");
    assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool), "what was given to it is sent");
    assertEquals(1, receiveAndFree(bed.steered, 3, bed.pools[3]), "and arrives");
    for (int round = 0; round < 3000; round++) {
      assertEquals(1, bed.send(2, round), "lost, not stuck");
      assertEquals(1, bed.send(3, round));
      assertEquals(1, bed.send(1, round));
      bed.steered.receive(1, burst, 64);
      assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool), "the other owner's");
    }
    bed.close();
  }

  @Test
  void coresThatNeverCameStopNobody() {
    WireEnd port = new WireEnd("dpdk0", 1, MTU, true, random);
    WireEnd peer = new WireEnd("peer", 1, MTU, true, random);
    WireEnd.connect(port, peer);
    SteeredDevice steered = new SteeredDevice(port, 3, random);
    MbufPool one = pool(8000);
    steered.attach(1, one);
    for (int i = 0; i < 5000; i++) {
      burst[0] = Frames.tcp(one, 1, i, 0);
      assertEquals(1, steered.transmit(1, burst, 1));
    }
    steered.detach(1);
    steered.detach(0);
    steered.detach(2);
    steered.close();
  }

  // ---- Sleeping ----

  @Test
  void sleepersAreWokenOnce() {
    Bed bed = new Bed(1, 3, 100);
    int[] wakeups = new int[3];
    for (int core = 0; core < 3; core++) {
      int own = core;
      bed.steered.onArrival(core, () -> wakeups[own]++);
      assertTrue(bed.steered.prepareSleep(core));
    }
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(2), 0, 0));
    assertEquals(List.of(1, 0, 0), ints(wakeups), "the port wakes its owner");
    bed.steered.finishSleep(0);
    assertFalse(bed.steered.prepareSleep(0), "a packet waits in the port");
    bed.steered.finishSleep(0);
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertEquals(List.of(1, 0, 1), ints(wakeups), "the owner wakes the flow's core");
    bed.steered.finishSleep(2);
    assertFalse(bed.steered.prepareSleep(2), "a packet waits in the ring");
    bed.steered.finishSleep(2);
    assertEquals(1, receiveAndFree(bed.steered, 2, bed.pools[2]));

    assertTrue(bed.steered.prepareSleep(0));
    assertEquals(1, bed.send(1, 0));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "a core without a queue wakes its owner");
    assertEquals(1, bed.send(1, 1));
    assertEquals(List.of(2, 0, 1), ints(wakeups), "once");
    bed.steered.finishSleep(0);
    assertFalse(bed.steered.prepareSleep(0), "packets wait to be sent");
    bed.steered.finishSleep(0);
    assertEquals(0, bed.steered.receive(0, burst, 64));
    assertEquals(2, receiveAndFree(bed.peer, 0, bed.peerPool));
    assertTrue(bed.steered.prepareSleep(0));
    bed.steered.finishSleep(0);
    bed.close();
  }

  private static List<Integer> ints(int[] values) {
    return Arrays.stream(values).boxed().toList();
  }

  /** What the port refused is tried again: its owner stays awake. */
  @Test
  void anOwnerDoesNotSleepOnWhatItHolds() {
    Bed bed = new Bed(1, 2, 8000);
    int sent = 0;
    while (bed.send(1, sent) == 1) {
      sent++;
      bed.steered.receive(0, burst, 64);
    }
    assertFalse(bed.steered.prepareSleep(0));
    bed.steered.finishSleep(0);
    int received = 0;
    while (!bed.steered.prepareSleep(0)) {
      bed.steered.finishSleep(0);
      received += receiveAndFree(bed.peer, 0, bed.peerPool);
      bed.steered.receive(0, burst, 64);
    }
    bed.steered.finishSleep(0);
    received += receiveAndFree(bed.peer, 0, bed.peerPool);
    assertEquals(sent, received);
    bed.close();
  }

  /** The port is asked on, for a caller that gets nothing takes it for idle. */
  @Test
  void anOwnerTakesWhatHasArrivedForOthers() {
    Bed bed = new Bed(1, 2, 1000);
    int foreign = bed.flowOf(1);
    for (int i = 0; i < 200; i++) {
      bed.arrive(Frames.tcp(bed.peerPool, foreign, i, 0));
    }
    bed.arrive(Frames.tcp(bed.peerPool, bed.flowOf(0), 0, 0));
    int n = bed.steered.receive(0, burst, 64);
    assertEquals(1, n);
    bed.pools[0].free(burst[0]);
    assertEquals(200, receiveAndFree(bed.steered, 1, bed.pools[1]));
    bed.close();
  }
}
