package org.mosstack.device.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.device.FlowClassifier;
import org.mosstack.device.FlowFrames;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.device.Wire;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** Software steering over a wire end with fewer queues: which core gets what, and who sends. */
class SteeredDeviceTest extends SteeredTestBase {
  // ---- Which core ----

  /** A port that spreads by itself and a steered one, with the same key and table. */
  @ParameterizedTest
  @CsvSource({"1,1", "1,2", "2,2", "1,3", "2,3", "1,5", "2,5", "1,17", "3,17", "1,65", "2,65"})
  void softwareSteersAsHardwareDoes(int queues, int cores) {
    Wire hardwareWire = new Wire("nic", cores, 1, MTU, random);
    NetDevice hardware = hardwareWire.end(0);
    NetDevice sender = hardwareWire.end(1);
    Rss rss = hardware.capabilities().rss().orElseThrow();
    Wire portWire = new Wire("port", queues, 1, MTU, random);
    NetDevice port = portWire.end(0);
    NetDevice portSender = portWire.end(1);
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

  /** TCP, UDP, ICMP and fragments of random flows. */
  private long randomFrame(MbufPool pool) {
    long mbuf = FlowFrames.tcp(pool, 1, 1, random.nextInt(100));
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
    Fixture fixture = new Fixture(1, 4, 10);
    long arp = FlowFrames.tcp(fixture.peerPool, fixture.flowOf(3), 0, 0);
    Memory.putByte(Mbuf.data(arp) + EthernetHeader.BYTES - 1, 0x06);
    fixture.arrive(arp);
    fixture.arrive(FlowFrames.raw(fixture.peerPool, new byte[0]));
    fixture.arrive(FlowFrames.raw(fixture.peerPool, new byte[5]));
    assertEquals(3, fixture.receiveAll()[0]);
    fixture.close();
  }

  /** No byte beyond a frame's end affects its queue. */
  @Test
  void lengthsAreChecked() {
    Fixture fixture = new Fixture(1, 64, 10);
    FlowClassifier classifier = new FlowClassifier(fixture.rss);
    int flow = 0;
    int byAddress = fixture.rss.queue(fixture.rss.hash(FlowFrames.CLIENT, FlowFrames.SERVER));
    while (fixture.coreOf(flow) == byAddress) {
      flow++;
    }
    for (int length = 0; length <= 54; length++) {
      long mbuf = FlowFrames.tcp(fixture.peerPool, flow, 0, 0);
      Mbuf.trimBack(mbuf, 54 - length);
      int expected = length < 34 ? -1 : length < 38 ? byAddress : fixture.coreOf(flow);
      assertEquals(expected, classifier.queue(mbuf, -1), "frame of " + length);
      fixture.peerPool.free(mbuf);
    }
    fixture.close();
  }

  @Test
  void isAPortOfItsOwn() {
    Fixture fixture = new Fixture(2, 5, 10);
    SteeredDevice steered = fixture.steered;
    assertEquals("dpdk0", steered.name());
    assertEquals(5, steered.queues());
    assertEquals(fixture.portEnd.mac(), steered.mac());
    assertEquals(MTU, steered.mtu());
    assertTrue(steered.linkUp());
    assertTrue(steered.capabilities().wakeups());
    assertEquals(5, Arrays.stream(fixture.rss.reta()).distinct().count());
    IllegalStateException again =
        assertThrows(IllegalStateException.class, () -> steered.attach(3, fixture.pools[3]));
    assertEquals("dpdk0: queue 3 was attached before", again.getMessage());
    IllegalArgumentException tooFew =
        assertThrows(
            IllegalArgumentException.class, () -> new SteeredDevice(fixture.portEnd, 1, random));
    assertEquals("dpdk0: 2 queues for 1 cores", tooFew.getMessage());
    fixture.close();
  }

  /** A port may refuse its queue; the others' packets aren't kept for it then. */
  @Test
  void anOwnerThatCouldNotAttachStopsNobody() {
    NetDevice port = new Wire("dpdk0", 1, 1, MTU, random).end(0);
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
      burst[0] = FlowFrames.tcp(other, 1, i, 0);
      assertEquals(1, steered.transmit(1, burst, 1));
    }
    steered.detach(0);
    steered.detach(1);
  }

  /** Of one pool per core, the port gets those of its queues' owners. */
  @Test
  void startsThePortWithItsOwnersPools() {
    List<MbufPool> started = new ArrayList<>();
    NetDevice port =
        new ForwardingDevice(new Wire("dpdk0", 2, 1, MTU, random).end(0)) {
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
    Fixture fixture = new Fixture(2, 7, 100);
    int[] sent = new int[2];
    for (int core = 0; core < 7; core++) {
      for (int i = 0; i < 10; i++) {
        assertEquals(1, fixture.send(core, i));
      }
    }
    assertEquals(20, receiveAndFree(fixture.peer, 0, fixture.peerPool), "the owners' own");
    for (int owner = 0; owner < 2; owner++) {
      fixture.steered.receive(owner, burst, 10);
      sent[owner] = fixture.peer.receive(0, burst, burst.length);
      for (int i = 0; i < sent[owner]; i++) {
        assertTrue(FlowFrames.isIntact(burst[i]));
        assertEquals(owner, FlowFrames.flow(burst[i]) % 2);
        fixture.peerPool.free(burst[i]);
      }
    }
    assertEquals(List.of(30, 20), List.of(sent[0], sent[1]), "cores 2, 4, 6 and 3, 5");
    fixture.close();
  }

  /** The peer doesn't receive: the port's ring fills, then the held burst, then the rings. */
  @Test
  void aFullPortHoldsItsSendersUpAndLosesNothing() {
    Fixture fixture = new Fixture(1, 3, 8000);
    int[] next = new int[3];
    int[] seen = new int[3];
    int received = 0;
    boolean[] refused = new boolean[3];
    for (int turn = 0; turn < 300; turn++) {
      for (int core = 0; core < 3; core++) {
        for (int i = 0; i < 40; i++) {
          if (fixture.send(core, next[core]) == 1) {
            next[core]++;
          } else {
            refused[core] = true;
          }
        }
      }
      assertEquals(0, fixture.steered.receive(0, burst, 64));
      received += takeInOrder(fixture, turn < 100 ? 0 : 50, seen);
    }
    for (int i = 0; i < 100; i++) {
      assertEquals(0, fixture.steered.receive(0, burst, 64));
      received += takeInOrder(fixture, 1000, seen);
    }
    assertTrue(refused[0] && refused[1] && refused[2], "all were held up");
    assertEquals(Arrays.stream(next).sum(), received);
    fixture.close();
  }

  private int takeInOrder(Fixture fixture, int max, int[] seen) {
    int n = fixture.peer.receive(0, burst, max);
    for (int i = 0; i < n; i++) {
      assertTrue(FlowFrames.isIntact(burst[i]));
      assertEquals(seen[FlowFrames.flow(burst[i])]++, FlowFrames.sequence(burst[i]));
      fixture.peerPool.free(burst[i]);
    }
    return n;
  }

  /** While the port takes few packets, the owner and the others each get a share. */
  @Test
  void nobodyIsKeptFromSending() {
    Fixture fixture = new Fixture(1, 3, 8000);
    int[] next = new int[3];
    int[] seen = new int[3];
    for (int turn = 0; turn < 3000; turn++) {
      for (int core = 2; core >= 0; core--) {
        for (int i = 0; i < 10; i++) {
          next[core] += fixture.send(core, next[core]);
        }
      }
      for (int i = 0; i < 4; i++) {
        fixture.steered.receive(0, burst, 64);
      }
      takeInOrder(fixture, 4, seen);
    }
    int all = Arrays.stream(seen).sum();
    for (int core = 0; core < 3; core++) {
      assertTrue(seen[core] > all / 6, "core " + core + " of " + Arrays.toString(seen));
    }
    fixture.close();
  }

  /** A sender that gives up on its packet doesn't stop the others. */
  @Test
  void anOwnerThatDoesNotTryAgainStopsNobody() {
    Fixture fixture = new Fixture(1, 2, 8000);
    while (fixture.send(0, 0) == 1) {
      // until the port is full
    }
    assertEquals(1, fixture.send(1, 77));
    while (receiveAndFree(fixture.peer, 0, fixture.peerPool) > 0) {
      // all that was sent
    }
    for (int i = 0; i < 16; i++) {
      assertEquals(0, fixture.steered.receive(0, burst, 64));
    }
    assertEquals(1, fixture.peer.receive(0, burst, 64));
    assertEquals(77, FlowFrames.sequence(burst[0]));
    fixture.peerPool.free(burst[0]);
    fixture.close();
  }

  /** Packets wait while the owner has no buffer for them. */
  @Test
  void anEmptyPoolOfTheOwnerHoldsUp() {
    Fixture fixture = new Fixture(1, 2, 8);
    long[] hoard = new long[8];
    for (int i = 0; i < 8; i++) {
      hoard[i] = fixture.pools[0].alloc();
    }
    assertEquals(1, fixture.send(1, 5));
    assertEquals(0, fixture.steered.receive(0, burst, 64));
    assertFalse(fixture.steered.prepareSleep(0), "a packet waits");
    assertEquals(0, fixture.peer.receive(0, burst, 64));
    for (long mbuf : hoard) {
      fixture.pools[0].free(mbuf);
    }
    assertEquals(0, fixture.steered.receive(0, burst, 64));
    assertEquals(1, receiveAndFree(fixture.peer, 0, fixture.peerPool));
    assertEquals(0, fixture.steered.receiveErrors(0));
    fixture.close();
  }
}
