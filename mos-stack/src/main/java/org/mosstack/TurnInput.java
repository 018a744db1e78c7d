package org.mosstack;

import org.mosstack.ip.Gro;
import org.mosstack.ip.IpLayer;
import org.mosstack.ip.NetInterface;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.ring.PacketRing;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.tcp.TcpCore;

/**
 * One core's input in a turn: bursts from its devices and from the other cores. On the core's
 * thread.
 *
 * <p>The IP layer owns a packet from the call that hands it over. If that call throws, the rest of
 * the burst is still here and goes on; only an error, after which no state can be trusted, ends the
 * burst, and the rest is freed.
 */
final class TurnInput {
  /** Packets taken from a device at a time. */
  private static final int BURST = 16;

  /** Packets taken from one device in a turn, exceeded by less than a burst. */
  private static final int TURN_PACKETS = 256;

  /**
   * A turn stops receiving once this many connections have events for their applications. With a
   * higher limit, two ends with as many requests between them would alternate: each would wait
   * while the other has them all.
   */
  private static final int TURN_CONNECTIONS = 16;

  /**
   * Bytes received from a device in a turn, exceeded by a burst at most: few enough for a core's
   * own cache to hold until the application has read them, and for the sender to go on meanwhile.
   */
  private static final int TURN_BYTES = 256 * 1024;

  private static final int MIN_BURST = 4;

  /** Packets taken in a turn from one other core, exceeded by less than a burst. */
  private static final int TURN_PASSED_ON = TURN_PACKETS / 4;

  private final NetInterface[] interfaces;
  private final CoreRings rings;
  private final IpLayer ip;
  private final TcpCore tcp;
  private final MbufPool pool;
  private final Counters counters;
  private final Gro gro = new Gro();
  private final long[] burst = new long[BURST];

  /** Whether a turn probably left packets in a receive ring. */
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
   * Processes what has arrived, up to a turn's share, and tells TCP whether more is waiting.
   *
   * @param now the turn's time in nanoseconds
   * @return number of packets
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
    int max = Math.clamp(TURN_BYTES / netif.largestPacket(), MIN_BURST, BURST);
    long bytesUntil = netif.counters().rxBytes() + TURN_BYTES;
    int received = 0;
    int n;
    do {
      n = netif.receive(burst, max);
      int packets = gro.join(netif, burst, n);
      for (int k = 0; k < packets; k++) {
        try {
          ip.input(netif, burst[k], now);
        } catch (Throwable t) {
          thrown(t, netif, k + 1, packets);
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
   * Handles an exception thrown while processing a packet.
   *
   * @param next index of the burst's next packet
   * @param n number of packets in the burst
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
