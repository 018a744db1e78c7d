package org.mosstack.sim;

import java.util.List;
import org.mosstack.testkit.StackPair;
import org.mosstack.time.Clock;

/**
 * A cable between two stacks in virtual time, with a {@link LinkPlan} for each direction. Its ends
 * are the stacks' devices. The same seed, plans and packets give the same faults.
 */
final class SimLink implements StackPair.Cable {
  /** Index of the direction to the server. */
  static final int TO_SERVER = 0;

  /** Index of the direction to the client. */
  static final int TO_CLIENT = 1;

  static final long SERVER_MAC = 0x02_00_00_00_00_01L;
  static final long CLIENT_MAC = 0x02_00_00_00_00_02L;

  private final Clock clock;
  private final long startNanos;
  private final List<Outage> outages;
  final LinkDirection toServer;
  final LinkDirection toClient;
  private final LinkPort server;
  private final LinkPort client;

  /**
   * Creates a link.
   *
   * @param clock of both stacks; times of outages count from now on
   * @param mtu of both ends
   * @param offload whether the ends offload checksums, which nobody then verifies
   */
  SimLink(
      Clock clock,
      LinkPlan toServer,
      LinkPlan toClient,
      List<Outage> outages,
      int mtu,
      boolean offload,
      long seed,
      FaultLog faults,
      WireWatcher watcher) {
    this.clock = clock;
    this.outages = outages;
    startNanos = clock.nanoTime();
    this.toServer = new LinkDirection(TO_SERVER, toServer, this, seed, faults, watcher);
    this.toClient = new LinkDirection(TO_CLIENT, toClient, this, ~seed, faults, watcher);
    server = new LinkPort(this, SERVER_MAC, mtu, offload, this.toServer, this.toClient);
    client = new LinkPort(this, CLIENT_MAC, mtu, offload, this.toClient, this.toServer);
  }

  @Override
  public LinkPort server() {
    return server;
  }

  @Override
  public LinkPort client() {
    return client;
  }

  long now() {
    return clock.nanoTime();
  }

  /** Whether the ports have carrier. */
  boolean hasCarrier() {
    return !isDown(now(), false);
  }

  /** Whether nothing gets through now; an outage without loss of carrier only affects TCP. */
  boolean isDown(long now, boolean tcp) {
    for (int i = 0; i < outages.size(); i++) {
      Outage o = outages.get(i);
      long at = now - startNanos;
      if (at >= o.fromNanos() && at < o.untilNanos() && (tcp || o.carrier())) {
        return true;
      }
    }
    return false;
  }

  /** Returns when the carrier next changes; {@link Long#MAX_VALUE} for never. */
  long nextChangeNanos() {
    long at = now() - startNanos;
    long next = Long.MAX_VALUE;
    for (int i = 0; i < outages.size(); i++) {
      Outage o = outages.get(i);
      if (o.carrier() && o.fromNanos() > at) {
        next = Math.min(next, startNanos + o.fromNanos());
      }
      if (o.carrier() && o.untilNanos() > at) {
        next = Math.min(next, startNanos + o.untilNanos());
      }
    }
    return next;
  }
}
