package org.mosstack.ip;

import org.mosstack.header.ArpHeader;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * Received ARP packets (RFC 826), with conflict detection (RFC 5227 section 2.4).
 *
 * <p>Neighbours are learned as RFC 826 says: existing entries are updated, and a new one is made
 * only for a sender that asks for our address. An unsolicited reply teaches nothing, unless it is
 * gratuitous: that is how an address moves to another machine.
 */
final class ArpInput {
  /** Time between two defences of an address (RFC 5227 section 2.4 (c), DEFEND_INTERVAL). */
  private static final long DEFEND_INTERVAL_NANOS = 10_000_000_000L;

  private final NetInterface[] interfaces;
  private final LocalAddresses local;
  private final Routing routing;
  private final ArpTable table;
  private final ArpOutput output;
  private final MbufPool pool;
  private final Counters counters;
  private final boolean[] defended; // by interface: whether ever, and when last
  private final long[] defendedNanos;
  private OtherCores others = OtherCores.NONE;

  ArpInput(
      NetInterface[] interfaces,
      LocalAddresses local,
      Routing routing,
      ArpTable table,
      ArpOutput output,
      MbufPool pool,
      Counters counters) {
    this.interfaces = interfaces;
    this.local = local;
    this.routing = routing;
    this.table = table;
    this.output = output;
    this.pool = pool;
    this.counters = counters;
    defended = new boolean[interfaces.length];
    defendedNanos = new long[interfaces.length];
  }

  void otherCores(OtherCores newOthers) {
    others = newOthers;
  }

  /**
   * Processes a frame of EtherType ARP; owns the mbuf.
   *
   * @param origin where this core got it from: only a frame from a device is answered, and passed
   *     on if it teaches something
   */
  void input(NetInterface from, long mbuf, Origin origin, long nowNanos) {
    if (from.isLoopback()) {
      drop(mbuf, Counter.DROP_ETHERNET_TYPE);
      return;
    }
    long arp = Mbuf.data(mbuf) + EthernetHeader.BYTES;
    if (Mbuf.dataLength(mbuf) < ArpOutput.FRAME_BYTES || !isKnown(arp)) {
      drop(mbuf, Counter.DROP_ARP_MALFORMED);
      return;
    }
    long mac = ArpHeader.senderMac(arp);
    int sender = ArpHeader.senderIp(arp);
    boolean own = local.indexOf(sender) >= 0;
    boolean probe = sender == 0; // RFC 5227 section 2.1.1: the sender has no address yet
    if (mac == 0 || Addresses.isGroupMac(mac) || local.isOwnMac(mac)) {
      drop(mbuf, Counter.DROP_ARP_SENDER);
    } else if (own) {
      conflict(from, origin, nowNanos);
      drop(mbuf, Counter.DROP_ARP_SENDER);
    } else if (!probe && !local.isRemoteHost(sender)) {
      drop(mbuf, Counter.DROP_ARP_SENDER);
    } else {
      accept(from, mbuf, arp, origin, nowNanos);
    }
  }

  private static boolean isKnown(long arp) {
    int operation = ArpHeader.operation(arp);
    return ArpHeader.isEthernetIpv4(arp)
        && (operation == ArpHeader.REQUEST || operation == ArpHeader.REPLY);
  }

  private void accept(NetInterface from, long mbuf, long arp, Origin origin, long nowNanos) {
    int sender = ArpHeader.senderIp(arp);
    int target = ArpHeader.targetIp(arp);
    boolean request = ArpHeader.operation(arp) == ArpHeader.REQUEST;
    boolean forUs = target == from.address();
    boolean rejected = false;
    if (sender != 0) {
      Path path = table.find(from, sender);
      if (origin == Origin.DEVICE && (forUs || target == sender || path != null)) {
        others.toAll(from, mbuf);
      }
      if (path == null && request && forUs && routing.isOnLink(from, sender)) {
        path = table.path(from, sender, nowNanos);
      }
      if (path != null) {
        boolean trusted = request || target == sender;
        rejected = !learn(path, ArpHeader.senderMac(arp), trusted, nowNanos);
      } else {
        rejected = !request && forUs;
      }
    }
    if (rejected && origin == Origin.DEVICE) {
      drop(mbuf, Counter.DROP_ARP_UNSOLICITED);
    } else if (request && forUs && origin == Origin.DEVICE) {
      output.reply(from, mbuf);
    } else {
      pool.free(mbuf);
    }
  }

  private boolean learn(Path path, long mac, boolean trusted, long nowNanos) {
    boolean confirms = path.state == Path.State.REACHABLE && path.mac == mac;
    if (!trusted && !confirms && !table.isAsked(path)) {
      return false;
    }
    table.learn(path, mac, nowNanos);
    return true;
  }

  /** Defends an address of ours that another station uses, at most once per interval. */
  private void conflict(NetInterface from, Origin origin, long nowNanos) {
    if (origin != Origin.DEVICE) {
      return; // the core that passed it on has counted and answered
    }
    counters.increment(Counter.ARP_CONFLICTS);
    for (int i = 0; i < interfaces.length; i++) {
      if (interfaces[i] == from
          && (!defended[i] || nowNanos - defendedNanos[i] >= DEFEND_INTERVAL_NANOS)) {
        defended[i] = true;
        defendedNanos[i] = nowNanos;
        output.announce(from);
      }
    }
  }

  private void drop(long mbuf, Counter reason) {
    counters.increment(reason);
    pool.free(mbuf);
  }
}
