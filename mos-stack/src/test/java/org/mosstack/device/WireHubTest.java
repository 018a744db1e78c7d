package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.MbufPool;

class WireHubTest {
  private final WireHub hub = new WireHub(new SplittableRandom(1));
  private final MbufPool pool = new MbufPool(100);
  private final long[] burst = new long[100];

  @AfterEach
  void allBuffersAreBack() {
    assertEquals(0, pool.inUse());
    pool.close();
  }

  private NetDevice open(String device, String arguments, int queues) {
    NetDevice end = hub.create(device, arguments, queues);
    for (int i = 0; i < queues; i++) {
      end.attach(i, pool);
    }
    return end;
  }

  private void close(NetDevice device) {
    for (int i = 0; i < device.queues(); i++) {
      device.detach(i);
    }
    device.close();
  }

  private int send(NetDevice from, int flow) {
    return from.transmit(0, new long[] {FlowFrames.tcp(pool, flow, 0, 0)}, 1);
  }

  private int receive(NetDevice to) {
    int received = 0;
    for (int queue = 0; queue < to.queues(); queue++) {
      int n = to.receive(queue, burst, burst.length);
      for (int i = 0; i < n; i++) {
        pool.free(burst[i]);
      }
      received += n;
    }
    return received;
  }

  private void expectConnected(NetDevice a, NetDevice b) {
    for (int flow = 0; flow < 20; flow++) {
      assertEquals(1, send(a, flow));
      assertEquals(1, receive(b));
      assertEquals(1, send(b, flow));
      assertEquals(1, receive(a));
    }
  }

  @Test
  void twoStacksThatNameOneWireAreConnected() {
    NetDevice a = open("dpdk0", "lab", 1);
    assertEquals("dpdk0", a.name());
    assertEquals(1500, a.mtu());
    assertEquals(1, send(a, 1), "lost: nothing is plugged in");
    assertEquals(0, pool.inUse());
    assertEquals(0, receive(a));
    assertTrue(a.prepareSleep(0));
    a.finishSleep(0);
    NetDevice b = open("dpdk1", "lab", 3);
    assertEquals(3, b.queues());
    assertEquals(0, receive(b));
    expectConnected(a, b);
    close(a);
    close(b);
  }

  @Test
  void wiresOfDifferentNamesAreDifferent() {
    NetDevice a1 = open("a", "one", 1);
    NetDevice a2 = open("a", "two", 1);
    NetDevice b2 = open("b", "two", 1);
    NetDevice b1 = open("b", "one", 1);
    expectConnected(a1, b1);
    expectConnected(a2, b2);
    assertEquals(1, send(a1, 0));
    assertEquals(0, receive(a2) + receive(b2));
    assertEquals(1, receive(b1));
    for (NetDevice device : new NetDevice[] {a1, a2, b1, b2}) {
      close(device);
    }
  }

  @Test
  void aThirdStackIsRefusedUntilAnEndIsFree() {
    NetDevice a = open("a", "lab", 2);
    NetDevice b = open("b", "lab", 1);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> open("c", "lab", 1));
    assertTrue(refused.getMessage().contains("c: both ends of wire lab"), refused.getMessage());
    assertEquals(1, send(a, 7)); // in flight to b
    close(b);
    NetDevice c = open("c", "lab", 4);
    assertEquals(0, receive(c), "that was for another one");
    expectConnected(a, c);
    close(a);
    NetDevice d = open("d", "lab", 2);
    expectConnected(c, d);
    close(d);
    close(c);
    NetDevice e = open("e", "lab,mtu=1400", 1);
    assertEquals(1, send(e, 0), "a new wire, whose other end is free");
    close(e);
  }

  @Test
  void mtuIsAgreed() {
    NetDevice a = open("a", "lab,mtu=2000", 1);
    assertEquals(2000, a.mtu());
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> open("b", "lab", 1));
    assertEquals("b: mtu 1500, but 2000 at the other end of lab", refused.getMessage());
    NetDevice b = open("b", "lab,mtu=2000", 1);
    expectConnected(a, b);
    close(a);
    close(b);
  }

  @Test
  void checksumsAreAgreed() {
    NetDevice a = open("a", "lab,checksum=0", 1);
    assertTrue(a.capabilities().txChecksum() && a.capabilities().rxChecksum());
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> open("b", "lab,checksum=1", 1));
    assertEquals("b: checksum differs from that of the other end of lab", refused.getMessage());
    NetDevice b = open("b", "lab", 1);
    expectConnected(a, b);
    close(a);
    close(b);
    NetDevice c = open("c", "lab,checksum=1", 1);
    assertFalse(c.capabilities().txChecksum() || c.capabilities().rxChecksum());
    close(c);
  }

  @Test
  void anEndMayHaveFewerQueues() {
    NetDevice a = hub.create("a", "lab,queues=2", 5);
    assertEquals(2, a.queues());
    for (int queue : a.capabilities().rss().orElseThrow().reta()) {
      assertTrue(queue < 2, "queue " + queue);
    }
    NetDevice b = hub.create("b", "lab,queues=9", 3);
    assertEquals(3, b.queues(), "no more than were asked for");
  }

  /** Flows are spread and merged again, but nobody can tell where a new one will go. */
  @Test
  void anEndMayKeepItsSpreadingToItself() {
    NetDevice a = open("a", "lab", 1);
    NetDevice b = open("b", "lab,rss=0,mtu=1500", 4);
    assertTrue(b.capabilities().rss().isEmpty());
    expectConnected(a, b);
    boolean[] used = new boolean[4];
    for (int flow = 0; flow < 100; flow++) {
      assertEquals(1, send(a, flow));
      for (int queue = 0; queue < 4; queue++) {
        int n = b.receive(queue, burst, burst.length);
        for (int i = 0; i < n; i++) {
          used[queue] = true;
          pool.free(burst[i]);
        }
      }
    }
    assertTrue(used[0] && used[1] && used[2] && used[3]);
    assertTrue(hub.create("c", "other,rss=1", 2).capabilities().rss().isPresent());
    close(a);
    close(b);
  }

  @Test
  void badArgumentsAreNamed() {
    String[] cases = {
      "",
      ",mtu=1500",
      "lab,",
      "lab,mtu=",
      "lab,mtu=x",
      "lab,mtu=67",
      "lab,mtu=1500,mtu=1500",
      "lab,speed=1",
      "lab,queues=0",
      "lab,queues=-1",
      "lab,rss=2",
      "lab,rss=-1",
      "lab,rss",
      "lab,checksum=2",
      "lab,checksum=-1",
      "lab,rss=1,queues=2,rss=1",
      "lab,mtu=65536",
    };
    for (String c : cases) {
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> hub.create("dpdk7", c, 1), c);
      assertTrue(refused.getMessage().startsWith("dpdk7: "), refused.getMessage());
    }
  }
}
