package org.mosstack.ip;

import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/** Finds the path to a destination: this stack itself, or the next hop of a route. */
final class Routing {
  private final NetInterface[] interfaces;
  private final LocalAddresses local;
  private final RouteTable routes;
  private final ArpTable arp;
  private final Counters counters;
  private final Path loopback; // to 127.0.0.0/8; null without a loopback interface
  private final Path[] toOwn; // to each of our own addresses, over the loopback interface

  Routing(
      NetInterface[] interfaces,
      LocalAddresses local,
      RouteTable routes,
      ArpTable arp,
      Counters counters) {
    this.counters = counters;
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

  /** Returns the path to a destination; null if there is no route, or it isn't a single host. */
  Path path(int destination, long nowNanos) {
    if (isOurs(destination)) {
      return toOurs(destination);
    }
    int route = route(destination);
    return route < 0 ? null : arp.path(out(route), nextHop(route, destination), nowNanos);
  }

  /** See {@link IpLayer#pathForAnswer}. */
  Path pathForAnswer(int destination, long nowNanos) {
    boolean ours = isOurs(destination);
    int route = ours ? -1 : route(destination);
    if (route >= 0) {
      int gateway = routes.gateway(route);
      // Gateways can't be made up, and everything behind one would be shut out with it.
      return gateway == 0
          ? arp.pathForAnswer(out(route), destination, nowNanos)
          : arp.path(out(route), gateway, nowNanos);
    }
    Path path = ours ? toOurs(destination) : null;
    if (path == null) {
      counters.increment(Counter.DROP_IP_NO_ROUTE);
    }
    return path;
  }

  private boolean isOurs(int destination) {
    return Addresses.isLoopback(destination) || local.indexOf(destination) >= 0;
  }

  private Path toOurs(int destination) {
    return Addresses.isLoopback(destination) ? loopback : toOwn[local.indexOf(destination)];
  }

  /** Returns the route to another host, or -1. */
  private int route(int destination) {
    int route = local.isRemoteHost(destination) ? routes.find(destination) : -1;
    // Over the loopback interface, packets for others would come back to us.
    return route < 0 || out(route).isLoopback() ? -1 : route;
  }

  private NetInterface out(int route) {
    return interfaces[routes.interfaceIndex(route)];
  }

  private int nextHop(int route, int destination) {
    int gateway = routes.gateway(route);
    return gateway == 0 ? destination : gateway;
  }

  /** Whether the address is on the interface's link: reached directly, also as a gateway. */
  boolean isOnLink(NetInterface netInterface, int address) {
    int route = routes.find(address);
    return route >= 0
        && routes.gateway(route) == 0
        && interfaces[routes.interfaceIndex(route)] == netInterface;
  }
}
