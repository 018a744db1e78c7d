package org.mosstack.dpdk;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks after a port beside the packet path: whether its link is up, and what it has lost. NICs
 * answer such questions slowly. A port that must connect anew when its link went down is made to.
 */
final class LinkWatch {
  /** How long a link may take to come up. */
  static final int LIMIT_SECONDS = 10;

  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long START_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long RECONNECT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  private final EthDev port;
  private final BurstGate gate;
  private final boolean reconnects;
  private final Thread thread;
  private volatile boolean up;
  private volatile boolean ended;
  private volatile boolean stopping;
  private volatile PortStats stats = new PortStats(0, 0, 0);
  private long reconnectNanos;

  /**
   * Makes one that doesn't run yet.
   *
   * @param name the device's
   * @param gate to be closed while the port is stopped; null where the driver needs none
   * @param reconnects whether the port must be started anew when its link went down
   */
  LinkWatch(String name, EthDev port, BurstGate gate, boolean reconnects) {
    this.port = port;
    this.gate = gate;
    this.reconnects = reconnects;
    thread = Thread.ofPlatform().daemon().name("mos-" + name).unstarted(this::run);
  }

  /**
   * Starts the port and waits for its link.
   *
   * @param alone whether it is good without a link, too
   * @return false when the link didn't come up in time
   */
  boolean startPort(boolean alone) {
    long limit = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    boolean started = port.devStart() == 0;
    reconnectNanos = System.nanoTime() + RECONNECT_NANOS;
    up = started && port.isLinkUp();
    while (!up && !(alone && started)) {
      if (System.nanoTime() - limit >= 0) {
        return false;
      }
      LockSupport.parkNanos(START_NANOS);
      if (System.nanoTime() - reconnectNanos >= 0 && (reconnects || !started)) {
        started = restart();
      }
      up = started && port.isLinkUp();
    }
    return true;
  }

  /** Stops the port and starts it anew while no burst is under way; whether it started. */
  private boolean restart() {
    closeGate();
    try {
      port.devStop();
      return port.devStart() == 0;
    } finally {
      openGate();
      reconnectNanos = System.nanoTime() + RECONNECT_NANOS;
    }
  }

  /** Stops the port while no burst is under way. */
  private void stop() {
    closeGate();
    try {
      port.devStop();
    } finally {
      openGate();
    }
  }

  private void closeGate() {
    if (gate != null) {
      gate.close();
    }
  }

  private void openGate() {
    if (gate != null) {
      gate.open();
    }
  }

  /** Has the port stopped, for good. Any thread; no burst is begun from here on. */
  void stopPort() {
    stopping = true;
    LockSupport.unpark(thread);
  }

  void start() {
    thread.start();
  }

  private void run() {
    while (!ended) {
      if (stopping) {
        up = false;
        stop();
        return;
      }
      boolean now = port.isLinkUp();
      if (up && !now) {
        reconnectNanos = System.nanoTime() + RECONNECT_NANOS;
      }
      up = now;
      if (!now && reconnects && System.nanoTime() - reconnectNanos >= 0) {
        restart();
      }
      PortStats read = port.statsGet();
      if (read != null) {
        stats = read;
      }
      LockSupport.parkNanos(LOOK_NANOS);
    }
  }

  /** Whether the link was up when last looked at. Any thread. */
  boolean isUp() {
    return up;
  }

  /** Packets that the port lost on receive, as last looked at. Any thread. */
  PortStats stats() {
    return stats;
  }

  /** Ends the thread: the port may be stopped then. */
  void close() {
    ended = true;
    LockSupport.unpark(thread);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
