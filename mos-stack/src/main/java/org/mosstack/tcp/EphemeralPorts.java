package org.mosstack.tcp;

import java.net.BindException;
import java.util.random.RandomGenerator;
import org.mosstack.device.Rss;
import org.mosstack.ip.Path;
import org.mosstack.ip.Ticket;

/** Chooses local ports of active opens at random (RFC 6056 section 3.3.1). One per core. */
final class EphemeralPorts {
  /** Number of this core's ports that a search tries before it starts to remember its findings. */
  private static final int UNREMEMBERED = 64;

  /** Number of them among which one is sought that leads to a certain core of this stack. */
  private static final int CHOICE = 24;

  /**
   * What is between the ports that are tried one after the other: as the hash is linear, all ports
   * of a neighbourhood lead to one core with one key in a few dozen. A prime, so that each port has
   * its turn.
   */
  private static final int STRIDE = 25_453;

  private static final int ANY_QUEUE = -1;

  private final TcpCore core;
  private final FlowTable flows;
  private final TimeWaitTable timeWaits;
  private final ListenerTable listeners;
  private final FlowPlacement placement;
  private final TakenPorts takenPorts;
  private final RandomGenerator random;

  /** Whether a port can be used for a destination. */
  private enum Use {
    FREE,

    /** Taken by a user that tells {@link TakenPorts} when it is free. */
    TAKEN,

    /** Taken by a user that doesn't, or only for a limited time. */
    TAKEN_FOR_NOW
  }

  /** Number of ports tried, for tests to bound. */
  private long looks;

  /** Where the next connection over the loopback interface is to lead. */
  private int peerQueue;

  EphemeralPorts(
      TcpCore core,
      FlowTable flows,
      TimeWaitTable timeWaits,
      ListenerTable listeners,
      FlowPlacement placement,
      TakenPorts takenPorts,
      RandomGenerator random) {
    this.core = core;
    this.flows = flows;
    this.timeWaits = timeWaits;
    this.listeners = listeners;
    this.placement = placement;
    this.takenPorts = takenPorts;
    this.random = random;
    peerQueue = core.index() + 1; // two ends on one core wait for each other: the others first
  }

  long looks() {
    return looks;
  }

  /**
   * Finds a port that is free for this destination and whose replies the device delivers to this
   * core. One in TIME_WAIT is free if its record may be {@link TimeWaitArrives#isReusable taken
   * over}.
   *
   * <p>Where most ports are taken, a search builds on those before it ({@link TakenPorts}), so that
   * a port is tried again only when it may have become free.
   *
   * @param wanted the port to use, or 0 for any
   * @throws BindException when the wanted port, or every port, is unusable
   */
  int choose(Path path, int source, int wanted, int remoteAddress, int remotePort)
      throws BindException {
    if (wanted != 0) {
      if (use(source, wanted, remoteAddress, remotePort) != Use.FREE) {
        throw new BindException("Address already in use: " + TcpCore.format(source, wanted));
      }
      if (!comesBack(path, source, wanted, remoteAddress, remotePort)) {
        throw new BindException(
            "Cannot assign requested address: local port "
                + wanted
                + " belongs to another core for this destination; let the stack choose it");
      }
      return wanted;
    }
    int first = random.nextInt(PortRange.COUNT);
    long now = core.now();
    TakenPorts.Destination taken = takenPorts.find(source, remoteAddress, remotePort, now);
    if (taken == null) {
      int port = chooseFresh(path, source, first, remoteAddress, remotePort);
      if (port != 0) {
        return port;
      }
      taken = takenPorts.add(source, remoteAddress, remotePort, rememberable(path), now);
    }
    int port = search(taken, first, PortRange.COUNT, path, source, remoteAddress, remotePort);
    if (port == 0) {
      port = search(taken, 0, first, path, source, remoteAddress, remotePort);
    }
    if (port == 0) {
      throw new BindException(
          "Cannot assign requested address: no free local port towards "
              + TcpCore.format(remoteAddress, remotePort));
    }
    return port;
  }

  /**
   * Number of destinations for which most of this core's ports can be taken, plus some. As each
   * needs that many connections, none is forgotten while its searches are hard.
   */
  private int rememberable(Path path) {
    long ports = PortRange.COUNT / path.netInterface().device().queues();
    return TakenPorts.MIN_DESTINATIONS + (int) (2L * (flows.size() + timeWaits.size()) / ports);
  }

  /**
   * Tries a few ports, which is enough where most are free; returns 0 when none is. Over the
   * loopback interface, the connections of a core lead to each core in turn.
   */
  private int chooseFresh(Path path, int source, int first, int remoteAddress, int remotePort) {
    int wanted = nextPeerQueue(path);
    int other = 0;
    int mine = 0;
    for (int i = 0; i < PortRange.COUNT && mine < (other == 0 ? UNREMEMBERED : CHOICE); i++) {
      int port = PortRange.FIRST + (first + i * STRIDE) % PortRange.COUNT;
      looks++;
      if (!comesBack(path, source, port, remoteAddress, remotePort)) {
        continue;
      }
      mine++;
      if (listeners.isBound(port) || use(source, port, remoteAddress, remotePort) != Use.FREE) {
        continue;
      }
      if (wanted == ANY_QUEUE || wanted == queue(path, source, port, remoteAddress, remotePort)) {
        return port;
      }
      other = port;
    }
    return other;
  }

  private int nextPeerQueue(Path path) {
    int queues = path.netInterface().device().queues();
    return path.netInterface().isLoopback() && queues > 1 ? peerQueue++ % queues : ANY_QUEUE;
  }

  /** The queue at which segments from here would arrive if the device received them. */
  private static int queue(Path path, int source, int port, int remoteAddress, int remotePort) {
    Rss rss = path.netInterface().device().capabilities().rss().orElseThrow();
    return rss.queue(source, remoteAddress, port, remotePort);
  }

  /** Tries the ports of a range not known to be taken; returns 0 when none of them is free. */
  private int search(
      TakenPorts.Destination taken,
      int from,
      int to,
      Path path,
      int source,
      int remoteAddress,
      int remotePort) {
    for (int i = taken.firstOther(from); i < to; i = taken.firstOther(i + 1)) {
      int port = PortRange.FIRST + i;
      if (listeners.isBound(port)) {
        continue; // nobody tells when it is unbound
      }
      looks++;
      if (!comesBack(path, source, port, remoteAddress, remotePort)) {
        taken.take(i);
        continue;
      }
      switch (use(source, port, remoteAddress, remotePort)) {
        case FREE -> {
          return port;
        }
        case TAKEN -> taken.take(i);
        case TAKEN_FOR_NOW -> taken.takeForNow(i);
      }
    }
    return 0;
  }

  private Use use(int source, int port, int remoteAddress, int remotePort) {
    if (flows.find(source, port, remoteAddress, remotePort) != null) {
      return Use.TAKEN;
    }
    if (placement.ticketOf(source, port, remoteAddress, remotePort) != Ticket.NONE) {
      return Use.TAKEN_FOR_NOW; // another core serves it
    }
    int record = timeWaits.find(source, port, remoteAddress, remotePort);
    if (record == TimeWaitTable.NONE || TimeWaitArrives.isReusable(timeWaits, record, core.now())) {
      return Use.FREE;
    }
    return timeWaits.timestamps(record) ? Use.TAKEN_FOR_NOW : Use.TAKEN;
  }

  private static boolean comesBack(Path path, int source, int port, int remote, int remotePort) {
    Rss rss = path.netInterface().device().capabilities().rss().orElse(null);
    return rss == null
        || rss.queue(remote, source, remotePort, port) == path.netInterface().queue();
  }
}
