package org.mosstack;

import java.util.ArrayList;
import java.util.List;
import org.mosstack.device.NetDevice;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.tcp.ListenerTable;
import org.mosstack.time.Clock;

/** Reads a stack's figures, on any thread; only reads what the cores' threads write. */
final class StatsReader {
  private final String application;
  private final Clock clock;
  private final StackCore[] cores;
  private final List<NetDevice> devices;
  private final ListenerTable listeners;
  private final long startNanos;

  /** Creates a reader for a stack that starts now, by its clock. */
  StatsReader(
      String application,
      Clock clock,
      StackCore[] cores,
      List<NetDevice> devices,
      ListenerTable listeners) {
    this.application = application;
    this.clock = clock;
    this.cores = cores;
    this.devices = devices;
    this.listeners = listeners;
    startNanos = clock.nanoTime();
  }

  StackStats read() {
    List<CoreStats> coreStats = List.of(cores).stream().map(StackCore::stats).toList();
    List<DeviceStats> deviceStats = devices.stream().map(this::device).toList();
    List<ListenerStats> listenerStats = listeners.stats();
    return new StackStats(
        System.currentTimeMillis(),
        clock.nanoTime() - startNanos,
        application,
        coreStats,
        deviceStats,
        listenerStats);
  }

  private DeviceStats device(NetDevice device) {
    List<QueueStats> queues = new ArrayList<>();
    for (StackCore core : cores) {
      DeviceCounters counters = core.deviceCounters(device);
      if (counters != null) {
        queues.add(QueueStats.of(core.index(), counters));
      }
    }
    return new DeviceStats(device.name(), device.linkUp(), queues);
  }
}
