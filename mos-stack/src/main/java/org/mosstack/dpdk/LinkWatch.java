package org.mosstack.dpdk;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Monitors a port outside the packet path: whether its link is up, and what it has lost. NICs
 * answer such queries slowly. Restarts a port that must reconnect after its link went down.
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
   * Creates one that doesn't run yet.
   *
   * @param name the device's
   * @param gate closed while the port is being stopped; null if the driver needs none
   * @param reconnects whether the port must be restarted when its link went down
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
   * @param alone whether it may start without a link
   * @return false if the link didn't come up in time
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

  /** Restarts the port while no burst is in progress; returns whether it started. */
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

  /** Stops the port while no burst is in progress. */
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

  /** Has the port stopped permanently. Any thread; no burst begins from here on. */
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

  /** Whether the link was up when last polled. Any thread. */
  boolean isUp() {
    return up;
  }

  /** Packets that the port lost on receive, as last polled. Any thread. */
  PortStats stats() {
    return stats;
  }

  /** Ends the thread; the port may then be stopped. */
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
