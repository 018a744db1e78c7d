package org.mosstack;

import java.util.List;
import org.mosstack.device.NetDevice;
import org.mosstack.ip.NetInterface;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.report.CoreLog;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;

/**
 * The devices as one core uses them: its queue on each. On the core's thread, unless stated
 * otherwise.
 */
final class CorePorts {
  private static final int TRANSMIT_BURST = 256;

  private final MbufPool pool;
  private final NetInterface[] interfaces;
  private final DeviceCounters[] counters;
  private final boolean wakeups;

  /** Whether the queues were ever started. */
  private boolean started;

  /**
   * A device as one core uses it.
   *
   * @param device the device
   * @param queue the core's queue on it
   * @param address the stack's address on it
   * @param prefixLength length of the network prefix, in bits
   */
  record Port(NetDevice device, int queue, int address, int prefixLength) {}

  CorePorts(List<Port> ports, MbufPool pool, Counters coreCounters) {
    this.pool = pool;
    interfaces = new NetInterface[ports.size()];
    counters = new DeviceCounters[ports.size()];
    boolean allWake = true;
    for (int i = 0; i < interfaces.length; i++) {
      Port port = ports.get(i);
      counters[i] = new DeviceCounters();
      interfaces[i] =
          new NetInterface(
              port.device(),
              port.queue(),
              port.address(),
              port.prefixLength(),
              TRANSMIT_BURST,
              pool,
              coreCounters,
              counters[i]);
      allWake &= port.device().capabilities().wakeups();
    }
    wakeups = allWake;
  }

  NetInterface[] interfaces() {
    return interfaces;
  }

  /** Whether every device can wake the core's thread. */
  boolean canWake() {
    return wakeups;
  }

  /** Position of the device among the interfaces, or -1 when the core has no queue on it. */
  int portOf(NetDevice device) {
    for (int i = 0; i < interfaces.length; i++) {
      if (interfaces[i].device() == device) {
        return i;
      }
    }
    return -1;
  }

  /** The core's queue on the device, or -1 when it has none. */
  int queueOf(NetDevice device) {
    int port = portOf(device);
    return port < 0 ? -1 : interfaces[port].queue();
  }

  /** The counters of a device, or null if the core has no queue on it. Any thread. */
  DeviceCounters counters(NetDevice device) {
    int port = portOf(device);
    return port < 0 ? null : counters[port];
  }

  // ---- Which thread ----

  /**
   * The calling thread uses the queues from now on.
   *
   * @param wakeup called, on any thread, when something arrives
   * @return whether they were started, being used for the first time
   */
  boolean attach(Runnable wakeup) {
    boolean first = !started;
    started = true;
    for (NetInterface netif : interfaces) {
      NetDevice device = netif.device();
      if (first) {
        device.attach(netif.queue(), pool);
        device.onArrival(netif.queue(), wakeup);
      } else {
        device.adopt(netif.queue());
      }
    }
    return first;
  }

  /** Another thread will use the queues. */
  void leave() {
    for (NetInterface netif : interfaces) {
      netif.device().leave(netif.queue());
    }
  }

  /** Nobody will use the queues any more. */
  void detach() {
    if (started) {
      for (NetInterface netif : interfaces) {
        netif.device().detach(netif.queue());
      }
    }
  }

  // ---- The turn ----

  void flush() {
    for (NetInterface netif : interfaces) {
      netif.flush();
    }
  }

  void refreshReceiveErrors() {
    for (NetInterface netif : interfaces) {
      netif.refreshReceiveErrors();
    }
  }

  /** See {@link NetDevice#nextDeadlineNanos}: the earliest. */
  long nextDeadlineNanos() {
    long next = Long.MAX_VALUE;
    for (NetInterface netif : interfaces) {
      next = Math.min(next, netif.device().nextDeadlineNanos(netif.queue()));
    }
    return next;
  }

  /** See {@link NetDevice#prepareSleep}; also false if something is left to be sent. */
  boolean prepareSleep() {
    for (NetInterface netif : interfaces) {
      if (netif.pending() > 0 || !netif.device().prepareSleep(netif.queue())) {
        return false;
      }
    }
    return true;
  }

  void finishSleep() {
    for (NetInterface netif : interfaces) {
      netif.device().finishSleep(netif.queue());
    }
  }

  // ---- The end ----

  /** Packet buffers that the devices never return, see {@link NetDevice#keptBuffers}. */
  int keptBuffers() {
    int kept = 0;
    for (NetInterface netif : interfaces) {
      kept += netif.device().keptBuffers(netif.queue());
    }
    return kept;
  }

  /** Writes what the queues lost. */
  void writeLost(CoreLog log) {
    for (int i = 0; i < interfaces.length; i++) {
      log.writeLost(interfaces[i].device().name(), counters[i]);
    }
  }
}
