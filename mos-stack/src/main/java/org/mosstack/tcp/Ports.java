package org.mosstack.tcp;

import java.net.BindException;
import java.util.random.RandomGenerator;
import org.mosstack.device.Rss;
import org.mosstack.ip.Path;

/** Chooses local ports of active opens at random (RFC 6056 section 3.3.1). One per core. */
final class Ports {
  private final FlowTable flows;
  private final ListenerTable listeners;
  private final RandomGenerator random;

  Ports(FlowTable flows, ListenerTable listeners, RandomGenerator random) {
    this.flows = flows;
    this.listeners = listeners;
    this.random = random;
  }

  /**
   * Finds a port whose connection is free and whose replies the device brings to this core.
   *
   * @param wanted the port to use, or 0 for any
   * @throws BindException when the wanted port, or every port, is out of the question
   */
  int choose(Path path, int source, int wanted, int remoteAddress, int remotePort)
      throws BindException {
    if (wanted != 0) {
      if (flows.find(source, wanted, remoteAddress, remotePort) != null) {
        throw new BindException("Address already in use: " + TcpCore.format(source, wanted));
      }
      if (!comesBack(path, source, wanted, remoteAddress, remotePort)) {
        throw new BindException(
            "Local port "
                + wanted
                + " belongs to another core for this destination; let the stack choose it");
      }
      return wanted;
    }
    int first = random.nextInt(PortRange.COUNT);
    for (int i = 0; i < PortRange.COUNT; i++) {
      int port = PortRange.FIRST + (first + i) % PortRange.COUNT;
      if (comesBack(path, source, port, remoteAddress, remotePort)
          && !listeners.isBound(port)
          && flows.find(source, port, remoteAddress, remotePort) == null) {
        return port;
      }
    }
    throw new BindException(
        "No free local port towards " + TcpCore.format(remoteAddress, remotePort));
  }

  private static boolean comesBack(Path path, int source, int port, int remote, int remotePort) {
    Rss rss = path.netInterface().device().capabilities().rss().orElse(null);
    return rss == null
        || rss.queue(remote, source, remotePort, port) == path.netInterface().queue();
  }
}
