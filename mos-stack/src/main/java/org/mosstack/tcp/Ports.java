package org.mosstack.tcp;

import java.net.BindException;
import java.util.random.RandomGenerator;
import org.mosstack.device.Rss;
import org.mosstack.ip.Path;

/** Chooses local ports of active opens at random (RFC 6056 section 3.3.1). One per core. */
final class Ports {
  private final TcpCore core;
  private final RandomGenerator random;

  Ports(TcpCore core, RandomGenerator random) {
    this.core = core;
    this.random = random;
  }

  /**
   * Finds a port whose connection is free and whose replies the device brings to this core. One in
   * TIME_WAIT is free where its record may be {@link TimeWaitArrives#isReusable taken over}.
   *
   * @param wanted the port to use, or 0 for any
   * @throws BindException when the wanted port, or every port, is out of the question
   */
  int choose(Path path, int source, int wanted, int remoteAddress, int remotePort)
      throws BindException {
    if (wanted != 0) {
      if (!isFree(source, wanted, remoteAddress, remotePort)) {
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
          && !core.listeners().isBound(port)
          && isFree(source, port, remoteAddress, remotePort)) {
        return port;
      }
    }
    throw new BindException(
        "No free local port towards " + TcpCore.format(remoteAddress, remotePort));
  }

  private boolean isFree(int source, int port, int remoteAddress, int remotePort) {
    if (core.flows().find(source, port, remoteAddress, remotePort) != null) {
      return false;
    }
    TimeWaitTable timeWaits = core.timeWaits();
    int record = timeWaits.find(source, port, remoteAddress, remotePort);
    return record == TimeWaitTable.NONE
        || TimeWaitArrives.isReusable(timeWaits, record, core.now());
  }

  private static boolean comesBack(Path path, int source, int port, int remote, int remotePort) {
    Rss rss = path.netInterface().device().capabilities().rss().orElse(null);
    return rss == null
        || rss.queue(remote, source, remotePort, port) == path.netInterface().queue();
  }
}
