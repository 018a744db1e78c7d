package org.mosstack.stats;

import java.util.List;
import java.util.Map;

/** A snapshot with one figure of each kind. */
final class SampleStats {
  private SampleStats() {}

  static StackStats stats(String device) {
    TurnLatency latency =
        new TurnLatency(
            2_000_001_500L,
            2_000_000_000L,
            List.of(new TurnLatency.Bucket(767, 2), new TurnLatency.Bucket((1L << 31) - 1, 1)));
    CoreStats busy =
        new CoreStats(
            0,
            5,
            100,
            4,
            3,
            2,
            1,
            99,
            Map.of(Counter.TCP_SEGMENTS_SENT, 8L, Counter.DROP_TCP_PAWS, 7L),
            latency);
    CoreStats idle = new CoreStats(1, -1, 1, 0, 0, 0, 0, 0, Map.of(), TurnLatency.NONE);
    DeviceStats first =
        new DeviceStats(
            device,
            true,
            List.of(
                new QueueStats(0, 1, 2, 3, 4, 5, 6, 7),
                new QueueStats(1, 0, 0, 0, 0, 0, Long.MAX_VALUE, 0)));
    DeviceStats second = new DeviceStats("lo", false, List.of());
    List<ListenerStats> listeners =
        List.of(
            new ListenerStats("0.0.0.0", 80, 0, 1024, 1, 2, 3, 4),
            new ListenerStats("0.0.0.0", 80, 1, 1024, 10, 20, 30, 40),
            new ListenerStats("10.0.0.1", 443, -1, 16, 0, 0, 0, 0));
    return new StackStats(
        1_700_000_000_123L,
        1_500_000_000L,
        "epserver",
        List.of(busy, idle),
        List.of(first, second),
        listeners);
  }
}
