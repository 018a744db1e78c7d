package org.mosstack;

import org.mosstack.device.PacketRing;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.TcpCore;

/**
 * What one core takes in, in a turn: bursts from its devices, and from the other cores. On the
 * core's thread.
 *
 * <p>A packet belongs to the IP layer from the call on that hands it over. When that throws, the
 * others of its burst are still here, so the burst goes on; only an error, after which nothing may
 * be as it should, ends it, and they are freed.
 */
final class TurnInput {
  /** Packets taken from a device at a time. */
  private static final int BURST = 16;

  /** Packets taken from one device in a turn, a burst more at most. */
  private static final int TURN_PACKETS = 256;

  /**
   * Connections with news for their applications that end the receiving of a turn. Were it longer,
   * two ends with as many requests between them would take turns: each would wait while the other
   * has them all.
   */
  private static final int TURN_CONNECTIONS = 16;

  /**
   * Bytes received from a device in a turn, a burst more at most: what a core's own cache can hold
   * until the application has read it, and soon enough over for the sender to go on meanwhile.
   */
  private static final int TURN_BYTES = 256 * 1024;

  private static final int MIN_BURST = 4;

  /** Packets taken in a turn of what one other core has passed on, a burst more at most. */
  private static final int TURN_PASSED_ON = TURN_PACKETS / 4;

  private final NetInterface[] interfaces;
  private final CoreRings rings;
  private final IpLayer ip;
  private final TcpCore tcp;
  private final MbufPool pool;
  private final Counters counters;
  private final long[] burst = new long[BURST];

  /** Whether a turn has left packets in a receive ring, as far as can be told. */
  private boolean inputWaits;

  TurnInput(
      NetInterface[] interfaces,
      CoreRings rings,
      IpLayer ip,
      TcpCore tcp,
      MbufPool pool,
      Counters counters) {
    this.interfaces = interfaces;
    this.rings = rings;
    this.ip = ip;
    this.tcp = tcp;
    this.pool = pool;
    this.counters = counters;
  }

  /**
   * Takes in what has come, up to a turn's share, and tells TCP whether more waits.
   *
   * @param now the turn's time in nanoseconds
   * @return how many packets
   */
  int receive(long now) {
    int received = 0;
    inputWaits = false;
    for (NetInterface netif : interfaces) {
      received += receive(netif, now);
    }
    for (PacketRing ring : rings.incoming()) {
      received += receivePassedOn(ring, now);
    }
    tcp.inputWaits(inputWaits);
    return received;
  }

  private int receive(NetInterface netif, long now) {
    int max = Math.clamp(TURN_BYTES / netif.mtu(), MIN_BURST, BURST);
    long bytesUntil = netif.counters().rxBytes() + TURN_BYTES;
    int received = 0;
    int n;
    do {
      n = netif.receive(burst, max);
      for (int k = 0; k < n; k++) {
        try {
          ip.input(netif, burst[k], now);
        } catch (Throwable t) {
          thrown(t, netif, k + 1, n);
        }
      }
      received += n;
    } while (n == max
        && received < TURN_PACKETS
        && tcp.eventCount() < TURN_CONNECTIONS
        && netif.counters().rxBytes() < bytesUntil);
    inputWaits |= n == max;
    return received;
  }

  private int receivePassedOn(PacketRing ring, long now) {
    long lost = ring.noBuffer();
    int received = 0;
    int n;
    do {
      n = ring.poll(burst, 0, BURST, pool);
      for (int k = 0; k < n; k++) {
        NetInterface netif = interfaces[Mbuf.port(burst[k])];
        try {
          ip.inputPassedOn(netif, burst[k], now);
        } catch (Throwable t) {
          thrown(t, netif, k + 1, n);
        }
      }
      received += n;
    } while (n == BURST && received < TURN_PASSED_ON && tcp.eventCount() < TURN_CONNECTIONS);
    inputWaits |= n == BURST;
    lost = ring.noBuffer() - lost;
    if (lost != 0) {
      counters.add(Counter.DROP_CORE_NO_MBUF, lost);
    }
    return received;
  }

  /**
   * A packet's processing has thrown something.
   *
   * @param next the burst's next packet
   * @param n packets of the burst
   */
  private void thrown(Throwable thrown, NetInterface netif, int next, int n) {
    if (thrown instanceof Error error) {
      for (int k = next; k < n; k++) {
        pool.free(burst[k]);
      }
      throw error;
    }
    String device = netif.device().name();
    tcp.thrown(Counter.PACKET_EXCEPTIONS, "Processing a packet", device, thrown);
  }
}
