package org.mosstack.report;

import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.mosstack.device.NetDevice;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.DeviceCounters;

/**
 * Where one core's figures are read, on any thread.
 *
 * @param index the core's
 * @param stats all figures except those of devices
 * @param flows flows in any state, as of the core's last turn
 * @param device the core's counters of a device, or null if it has no queue on it
 */
public record CoreFigures(
    int index,
    Supplier<CoreStats> stats,
    IntSupplier flows,
    Function<NetDevice, DeviceCounters> device) {}
