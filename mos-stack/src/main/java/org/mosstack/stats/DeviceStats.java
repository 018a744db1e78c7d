package org.mosstack.stats;

import java.util.List;
import java.util.function.ToLongFunction;

/**
 * One device's figures. Immutable.
 *
 * @param name its name in the configuration
 * @param linkUp whether it has a carrier
 * @param queues what each core that uses it sent and received
 */
public record DeviceStats(String name, boolean linkUp, List<QueueStats> queues) {
  /** Copies the list. */
  public DeviceStats {
    queues = List.copyOf(queues);
  }

  /** Sum of a figure over the cores, such as {@code total(QueueStats::rxPackets)}. */
  public long total(ToLongFunction<QueueStats> figure) {
    return queues.stream().mapToLong(figure).sum();
  }
}
