package org.mosstack.bench.flood;

import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.mosstack.config.MosConfig;
import org.mosstack.device.NetDevice;
import org.mosstack.dpdk.DpdkDevices;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * Writes SYNs at a constant rate to a DPDK port, bypassing any TCP: each from a different address
 * and port, with Linux's SYN options. What comes back is counted and discarded, as nobody has those
 * addresses. For one thread, which calls {@link #turn} often.
 */
final class SynGenerator {
  private static final int BURST = 32;
  private static final int BUFFERS = 8192;

  /** If it lags by more than this, the generator doesn't catch up, as a burst isn't a rate. */
  private static final long MAX_LAG_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private static final int WARM_UP_SYNS = 500_000;
  private static final double NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int FIRST_SOURCE = 0x0B00_0000; // 11.0.0.0
  private static final int SOURCES = 0x4000_0000; // up to 74.255.255.255
  private static final int FIRST_PORT = 1024;
  private static final int PORTS = 0x1_0000 - FIRST_PORT;
  private static final int WINDOW = 64_240;
  private static final int TTL = 57;

  /** MSS 1460, SACK permitted, timestamp, NOP, window scale 7 (RFC 9293, 2018, 7323). */
  private static final int OPTION_BYTES = 20;

  private static final int MSS_OPTION = 0x0204_05B4;
  private static final int SACK_AND_TIMESTAMP_OPTION = 0x0402_080A;
  private static final int WINDOW_SCALE_OPTION = 0x0103_0307;
  private static final int TCP_BYTES = TcpHeader.MIN_BYTES + OPTION_BYTES;
  private static final int IP_BYTES = Ipv4Header.MIN_BYTES + TCP_BYTES;

  private final NetDevice port;
  private final MbufPool pool;
  private final RandomGenerator random;
  private final long[] burst = new long[BURST];
  private double perNano;
  private long startNanos;
  private long due;
  private long sent;
  private long answers;

  /** Opens the port; the server's end must exist. */
  SynGenerator(MosConfig config, int cpu, long seed) {
    random = new SplittableRandom(seed);
    DpdkDevices devices = new DpdkDevices(config, cpu, 1, BUFFERS, random);
    port = devices.open(config.netdevs().getFirst(), 1);
    pool = devices.pool(MbufPool.DEFAULT_DATA_ROOM_BYTES);
    port.start(List.of(pool));
  }

  /**
   * Attaches the port to the calling thread, and makes SYNs until the JIT has compiled the code.
   */
  void attach() {
    port.attach(0, pool);
    for (int i = 0; i < WARM_UP_SYNS; i++) {
      pool.free(syn());
    }
  }

  /**
   * Sets the rate from now on.
   *
   * @param perSecond SYNs per second; 0 for none
   */
  void rate(int perSecond, long nowNanos) {
    perNano = perSecond / NANOS;
    startNanos = nowNanos;
    due = 0;
  }

  /** Returns the number of SYNs the port has taken. */
  long sent() {
    return sent;
  }

  /** Returns the number of packets that came back: SYN-ACKs, and any resets. */
  long answers() {
    return answers;
  }

  /** Sends what is due, at most one burst, and receives what came back. */
  void turn(long nowNanos) {
    int received = port.receive(0, burst, BURST);
    answers += received;
    for (int i = 0; i < received; i++) {
      pool.free(burst[i]);
    }
    long target = (long) ((nowNanos - startNanos) * perNano);
    due = Math.max(due, target - (long) (MAX_LAG_NANOS * perNano));
    int n = (int) Math.min(BURST, target - due);
    if (n <= 0) {
      return;
    }
    for (int i = 0; i < n; i++) {
      burst[i] = syn();
    }
    int taken = port.transmit(0, burst, n);
    for (int i = taken; i < n; i++) {
      pool.free(burst[i]);
    }
    due += taken;
    sent += taken;
  }

  private long syn() {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      throw new IllegalStateException("the generator has no buffers left");
    }
    int source = FIRST_SOURCE + random.nextInt(SOURCES);
    long ethernet = Mbuf.append(mbuf, EthernetHeader.BYTES + IP_BYTES);
    EthernetHeader.write(
        ethernet, FloodLink.SERVER_MAC, FloodLink.ROUTER_MAC, EthernetHeader.TYPE_IPV4);
    long ip = ethernet + EthernetHeader.BYTES;
    Ipv4Header.write(
        ip,
        0,
        IP_BYTES,
        random.nextInt(),
        TTL,
        Ipv4Header.PROTOCOL_TCP,
        source,
        FloodLink.FLOODED_ADDRESS);
    long tcp = ip + Ipv4Header.MIN_BYTES;
    TcpHeader.write(
        tcp,
        FIRST_PORT + random.nextInt(PORTS),
        FloodLink.PORT,
        random.nextInt(),
        0,
        TCP_BYTES,
        TcpHeader.SYN,
        WINDOW);
    long options = tcp + TcpHeader.MIN_BYTES;
    Memory.putIntBe(options, MSS_OPTION);
    Memory.putIntBe(options + 4, SACK_AND_TIMESTAMP_OPTION);
    Memory.putIntBe(options + 8, random.nextInt());
    Memory.putIntBe(options + 12, 0);
    Memory.putIntBe(options + 16, WINDOW_SCALE_OPTION);
    TcpHeader.writeChecksum(tcp, TCP_BYTES, source, FloodLink.FLOODED_ADDRESS);
    return mbuf;
  }
}
