package org.mosstack.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.mosstack.device.NetDevice;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.DeviceCounters;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.time.Clock;

/** Reads a stack's figures, on any thread; only reads what the cores' threads write. */
public final class StatsReader {
  private final String application;
  private final Clock clock;
  private final List<CoreFigures> cores;
  private final List<NetDevice> devices;
  private final Supplier<List<ListenerStats>> listeners;
  private final long startNanos;

  /** Creates a reader for a stack that starts now, by its clock. */
  public StatsReader(
      String application,
      Clock clock,
      List<CoreFigures> cores,
      List<NetDevice> devices,
      Supplier<List<ListenerStats>> listeners) {
    this.application = application;
    this.clock = clock;
    this.cores = cores;
    this.devices = devices;
    this.listeners = listeners;
    startNanos = clock.nanoTime();
  }

  /** Returns the current figures. */
  public StackStats read() {
    List<CoreStats> coreStats = cores.stream().map(core -> core.stats().get()).toList();
    List<DeviceStats> deviceStats = devices.stream().map(this::device).toList();
    List<ListenerStats> listenerStats = listeners.get();
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
    for (CoreFigures core : cores) {
      DeviceCounters counters = core.device().apply(device);
      if (counters != null) {
        queues.add(QueueStats.of(core.index(), counters));
      }
    }
    return new DeviceStats(device.name(), device.linkUp(), queues);
  }
}
