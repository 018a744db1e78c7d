package org.mosstack.ip;

/** Finds the path to a destination: this stack itself, or the next hop of a route. */
final class Routing {
  private final NetInterface[] interfaces;
  private final LocalAddresses local;
  private final RouteTable routes;
  private final ArpTable arp;
  private final Path loopback; // to 127.0.0.0/8; null without a loopback interface
  private final Path[] toOwn; // to each of our own addresses, over the loopback interface

  Routing(NetInterface[] interfaces, LocalAddresses local, RouteTable routes, ArpTable arp) {
    this.interfaces = interfaces;
    this.local = local;
    this.routes = routes;
    this.arp = arp;
    NetInterface lo = null;
    for (NetInterface each : interfaces) {
      if (each.isLoopback() && lo == null) {
        lo = each;
      }
    }
    toOwn = new Path[local.count()];
    loopback = lo == null ? null : permanent(lo, lo.address());
    for (int i = 0; i < toOwn.length && lo != null; i++) {
      toOwn[i] = permanent(lo, local.address(i));
    }
  }

  private static Path permanent(NetInterface lo, int address) {
    Path path = new Path(lo, address, address);
    path.state = Path.State.PERMANENT;
    path.mac = lo.mac();
    return path;
  }

  /** The path to a destination; null when there is no route, or when no single host is meant. */
  Path path(int destination, long nowNanos) {
    if (Addresses.isLoopback(destination)) {
      return loopback;
    }
    int own = local.indexOf(destination);
    if (own >= 0) {
      return toOwn[own];
    }
    if (!local.isRemoteHost(destination)) {
      return null;
    }
    int route = routes.find(destination);
    if (route < 0) {
      return null;
    }
    NetInterface out = interfaces[routes.interfaceIndex(route)];
    if (out.isLoopback()) {
      return null; // what isn't ours would come back to us
    }
    int gateway = routes.gateway(route);
    return arp.path(out, gateway == 0 ? destination : gateway, nowNanos);
  }

  /** Whether packets to the address would be sent to it directly, or to it as a gateway. */
  boolean isOnLink(NetInterface netInterface, int address) {
    int route = routes.find(address);
    return route >= 0
        && routes.gateway(route) == 0
        && interfaces[routes.interfaceIndex(route)] == netInterface;
  }
}
