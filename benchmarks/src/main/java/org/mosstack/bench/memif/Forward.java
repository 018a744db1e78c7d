package org.mosstack.bench.memif;

import java.util.List;
import java.util.SplittableRandom;
import org.mosstack.device.NetDevice;
import org.mosstack.dpdk.DpdkDevices;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.CpuAffinity;

/**
 * Sends every packet back to where it came from, in bursts of 32: what {@code dpdk-testpmd
 * --forward-mode=io} does, in Java. Runs until killed; see {@code bin/bench forward}.
 */
public final class Forward {
  private static final int BURST = 32;
  private static final int BUFFERS = 16_384;

  private Forward() {}

  /** {@code Forward SOCKET CPU}. */
  public static void main(String[] args) {
    int cpu = Integer.parseInt(args[1]);
    var config = Memif.config(true, args[0], cpu);
    DpdkDevices devices = new DpdkDevices(config, cpu, 1, BUFFERS, new SplittableRandom());
    NetDevice port = devices.open(config.netdevs().getFirst(), 1);
    MbufPool pool = devices.pool(MbufPool.DEFAULT_DATA_ROOM_BYTES);
    port.start(List.of(pool));
    CpuAffinity.of(cpu).bindCurrentThread();
    port.attach(0, pool);
    System.out.println("ready");
    long[] burst = new long[BURST];
    while (true) {
      forward(port, pool, burst);
    }
  }

  private static void forward(NetDevice port, MbufPool pool, long[] burst) {
    int received = port.receive(0, burst, BURST);
    if (received == 0) {
      return;
    }
    for (int sent = port.transmit(0, burst, received); sent < received; sent++) {
      pool.free(burst[sent]);
    }
  }
}
