package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.Frames;

/** The packet path allocates nothing once it is compiled. */
class IpAllocationTest {
  private static final int WARM_UP = 400_000;
  private static final int MEASURED = 200_000;

  private final MbufPool pool = new MbufPool(64);
  private final Counters counters = new Counters();
  private final FakeDevice device = new FakeDevice("eth0", IpFixture.MAC, 1500);
  private final NetInterface eth0 =
      new NetInterface(device, 0, IpFixture.US, 24, 32, pool, counters, new DeviceCounters());
  private final IpLayer ip =
      new IpLayer(
          new NetInterface[] {eth0},
          RouteTable.builder().onLink(0, IpFixture.US, 24).build(),
          List.of(Endpoints.neighbour(IpFixture.PEER, 32, IpFixture.PEER_MAC)),
          pool,
          counters,
          new SplittableRandom(1),
          0);
  private long now;

  /** Frees what arrives, as TCP eventually does. */
  private final class Sink implements TransportInput {
    @Override
    public void input(
        long mbuf,
        long header,
        int length,
        int source,
        int destination,
        int tos,
        boolean checksumVerified) {
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
        int sequence) {}

    @Override
    public void unreachable(int destination) {}
  }

  private static byte[] toUs(int protocol, byte[] payload) {
    return new Frames.Ipv4(IpFixture.PEER, IpFixture.US, protocol, payload)
        .frame(IpFixture.MAC, IpFixture.PEER_MAC);
  }

  private static byte[] fragment(int from, int to) {
    Frames.Ipv4 packet = new Frames.Ipv4(IpFixture.PEER, IpFixture.US, 6, Frames.tcp(1, 2, 3, 28));
    packet.identification = to == 24 || to == 48 ? 7 : 8;
    return IpFixture.fragment(packet, from, to, to != 48);
  }

  @Test
  void steadyStateAllocatesNothing() {
    device.attach(0, pool);
    device.onTransmit(_ -> {}); // a frame of bytes would be allocated
    ip.transport(new Sink());
    byte[] quote = new Frames.Ipv4(IpFixture.US, IpFixture.FAR, 6, Frames.tcp(1, 2, 3, 0)).packet();
    long[] models =
        Stream.of(
                toUs(6, Frames.tcp(1, 2, 3, 500)),
                toUs(1, Frames.icmp(8, 0, 0, new byte[40])),
                toUs(1, Frames.icmp(3, 4, 1000, quote)),
                toUs(99, new byte[10]),
                fragment(0, 24),
                fragment(24, 48),
                fragment(0, 32), // of another datagram, which is never completed
                fragment(16, 40), // overlaps
                Frames.arp(
                    Frames.BROADCAST, 1, IpFixture.PEER_MAC, IpFixture.PEER, 0, IpFixture.US))
            .mapToLong(frame -> FakeDevice.mbuf(pool, frame))
            .toArray();
    run(models, WARM_UP);
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    run(models, MEASURED);
    long allocated = threads.getCurrentThreadAllocatedBytes() - before;
    for (long mbuf : models) {
      pool.free(mbuf);
    }
    ip.close();
    int inUse = pool.inUse();
    pool.close();
    assertTrue(inUse == 0, inUse + " buffers lost");
    // The JIT may still replace code meanwhile; one object per packet would be 16 bytes each.
    assertTrue(allocated < MEASURED, allocated + " bytes in " + MEASURED + " rounds");
  }

  private void run(long[] models, int rounds) {
    for (int i = 0; i < rounds; i++) {
      now += 100_000;
      ip.tick(now);
      long model = models[i % models.length];
      long mbuf = pool.alloc();
      int length = Mbuf.dataLength(model);
      Memory.copy(Mbuf.data(model), Mbuf.append(mbuf, length), length);
      ip.input(eth0, mbuf, now);
      long out = pool.alloc();
      Mbuf.append(out, 100);
      ip.send(ip.path(IpFixture.PEER), out, IpFixture.US, IpFixture.PEER, 6, 0, 64);
      if (i % 8 == 0) {
        eth0.flush();
      }
    }
  }
}
