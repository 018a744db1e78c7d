package org.mosstack.top;

import java.util.List;
import java.util.Map;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.Counter;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.stats.StatsJson;
import org.mosstack.stats.TurnLatency;

/** Snapshots of a stack that does the same every second. */
final class Lines {
  private Lines() {}

  /** Returns the snapshot after this many milliseconds. */
  static StackStats stats(long millis) {
    TurnLatency latency =
        millis == 0
            ? TurnLatency.NONE
            : new TurnLatency(
                millis * 500_000, 95_000, List.of(new TurnLatency.Bucket(98_303, millis * 5)));
    CoreStats core =
        new CoreStats(
            0,
            3,
            millis * 100,
            millis * 5,
            7,
            6,
            5,
            40,
            Map.of(
                Counter.TCP_SEGMENTS_RECEIVED,
                millis * 20,
                Counter.TCP_SEGMENTS_SENT,
                millis * 30,
                Counter.DROP_TCP_PAWS,
                millis / 100),
            latency);
    QueueStats queue =
        new QueueStats(0, millis * 20, millis * 2000, millis / 1000, 0, 0, millis * 30, 0);
    return new StackStats(
        1_700_000_000_000L + millis,
        millis * 1_000_000,
        "epserver",
        List.of(core),
        List.of(new DeviceStats("dpdk0", true, List.of(queue))),
        List.of(new ListenerStats("0.0.0.0", 80, 0, 1024, 1, 2, millis * 4, 0)));
  }

  static String line(long millis) {
    return new StatsJson().toLine(stats(millis)) + "\n";
  }
}
