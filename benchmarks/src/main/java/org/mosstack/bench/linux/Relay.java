package org.mosstack.bench.linux;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.mosstack.config.MosConfig;
import org.mosstack.device.FaultInjector;
import org.mosstack.device.Faults;
import org.mosstack.device.NetDevice;
import org.mosstack.dpdk.DpdkDevices;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuAffinity;
import org.mosstack.time.Clock;

/**
 * A long cable between two kernel interfaces, where the kernel has no netem: {@code Relay INTERFACE
 * INTERFACE CPU DELAY-MICROS MEGABITS QUEUE-PACKETS}, with delay and rate per direction. Runs until
 * killed.
 */
public final class Relay {
  private static final int BURST = 64;
  private static final int BUFFERS = 16_384;
  private static final long NAP_NANOS = TimeUnit.MICROSECONDS.toNanos(20);
  private static final long MEGA = 1_000_000;

  private Relay() {}

  /** Relays. */
  public static void main(String[] args) {
    int cpu = Integer.parseInt(args[2]);
    Faults faults =
        Faults.NONE
            .withDelay(TimeUnit.MICROSECONDS.toNanos(Long.parseLong(args[3])), 0)
            .withRate(Long.parseLong(args[4]) * MEGA, Integer.parseInt(args[5]));
    MosConfig config = config(cpu, args[0], args[1]);
    DpdkDevices devices = new DpdkDevices(config, cpu, 1, BUFFERS, new SplittableRandom());
    NetDevice[] ends =
        config.netdevs().stream()
            .map(netdev -> devices.open(netdev, 1))
            .map(device -> new FaultInjector(device, Faults.NONE, faults, Clock.SYSTEM, 1))
            .toArray(NetDevice[]::new);
    MbufPool pool = devices.pool(MbufPool.DEFAULT_DATA_ROOM_BYTES);
    for (NetDevice end : ends) {
      end.start(List.of(pool));
    }
    CpuAffinity.of(cpu).bindCurrentThread();
    for (NetDevice end : ends) {
      end.attach(0, pool);
    }
    System.out.println("ready");
    long[] burst = new long[BURST];
    while (true) {
      int moved = relay(ends[0], ends[1], pool, burst) + relay(ends[1], ends[0], pool, burst);
      if (moved == 0) {
        LockSupport.parkNanos(NAP_NANOS);
      }
    }
  }

  private static int relay(NetDevice from, NetDevice to, MbufPool pool, long[] burst) {
    int received = from.receive(0, burst, BURST);
    int sent = received == 0 ? 0 : to.transmit(0, burst, received);
    for (int i = sent; i < received; i++) {
      pool.free(burst[i]);
    }
    return received;
  }

  private static MosConfig config(int cpu, String left, String right) {
    String text =
        """
        application {
          type = end
          run = benchmark
        }
        mos {
          netdev {
            dpdk0 0x%1$x 10.0.0.1/24 net_af_packet=iface=%2$s,framecnt=4096
            dpdk1 0x%1$x 10.1.0.1/24 net_af_packet=iface=%3$s,framecnt=4096
          }
        }
        """
            .formatted(1L << cpu, left, right);
    return MosConfig.parse("relay.conf", text);
  }
}
