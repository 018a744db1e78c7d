package org.mosstack.tcp;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.mosstack.device.Loopback;
import org.mosstack.device.NetDevice;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.ip.RouteTable;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;

/** A TCP core on one queue of a loopback device, for tests of its parts. */
final class LoopbackTcp implements AutoCloseable {
  static final int ADDRESS = 0x7F00_0001;

  final MbufPool pool = new MbufPool(4096);
  final Counters counters = new Counters();
  final ListenerTable listeners = new ListenerTable(8, new SplittableRandom(4));
  final NetDevice device;
  final IpLayer ip;
  final TcpCore tcp;

  LoopbackTcp() {
    this(1, 0);
  }

  LoopbackTcp(int queues, int queue) {
    this(queues, queue, device -> device);
  }

  LoopbackTcp(int queues, int queue, UnaryOperator<NetDevice> wrapper) {
    this(queues, queue, queues * 31 + queue, wrapper);
  }

  /** A core of a device with a certain hash key. */
  LoopbackTcp(int queues, int queue, int seed) {
    this(queues, queue, seed, device -> device);
  }

  private LoopbackTcp(int queues, int queue, int seed, UnaryOperator<NetDevice> wrapper) {
    SplittableRandom random = new SplittableRandom(seed);
    device = wrapper.apply(new Loopback("lo", queues, 1500, random));
    device.attach(queue, pool);
    NetInterface lo =
        new NetInterface(device, queue, ADDRESS, 8, 64, pool, counters, new DeviceCounters());
    ip =
        new IpLayer(
            new NetInterface[] {lo},
            RouteTable.builder().onLink(0, ADDRESS, 8).build(),
            List.of(),
            pool,
            counters,
            random,
            0);
    TcpConfig config = new TcpConfig(0, 1000, 4000, 8192, 8192, 0, 0);
    tcp = new TcpCore(config, ip, pool, counters, listeners, random, 0);
    ip.transport(tcp.transport());
  }

  /** Allocates a packet with these bytes. */
  long mbuf(byte[] bytes, int offset, int length) {
    long mbuf = pool.alloc();
    Mbuf.append(mbuf, bytes, offset, length);
    return mbuf;
  }

  /** Allocates a packet that TCP counts as held for an application. */
  long received(byte[] bytes, int offset, int length) {
    tcp.received().holdForNow();
    return mbuf(bytes, offset, length);
  }

  @Override
  public void close() {
    pool.close();
  }
}
