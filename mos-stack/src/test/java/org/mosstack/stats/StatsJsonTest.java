package org.mosstack.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class StatsJsonTest {
  private static final String NO_TURNS =
      "\"latency\":{\"count\":0,\"sumNanos\":0,\"maxNanos\":0,\"p50Nanos\":0,\"p90Nanos\":0,"
          + "\"p99Nanos\":0,\"p999Nanos\":0,\"buckets\":[]}";

  @Test
  void oneLineOfAllFigures() {
    String expected =
        """
        {"timeMillis":1700000000123,"uptimeNanos":1500000000,"application":"epserver",
        "cores":[{"index":0,"cpu":5,"turns":100,"busyTurns":4,"flows":3,"connections":2,
        "timers":1,"buffersInUse":99,"counters":{"DROP_TCP_PAWS":7,"TCP_SEGMENTS_SENT":8},
        "latency":{"count":3,"sumNanos":2000001500,"maxNanos":2000000000,"p50Nanos":767,
        "p90Nanos":2000000000,"p99Nanos":2000000000,"p999Nanos":2000000000,
        "buckets":[{"upToNanos":767,"count":2},{"upToNanos":2147483647,"count":1}]}},
        {"index":1,"cpu":-1,"turns":1,"busyTurns":0,"flows":0,"connections":0,"timers":0,
        "buffersInUse":0,"counters":{},%s}],
        "devices":[{"name":"dpdk0","linkUp":true,"queues":[
        {"core":0,"rxPackets":1,"rxBytes":2,"rxMissed":3,"rxNoMbuf":4,"rxErrors":5,
        "txPackets":6,"txBytes":7},{"core":1,"rxPackets":0,"rxBytes":0,"rxMissed":0,
        "rxNoMbuf":0,"rxErrors":0,"txPackets":9223372036854775807,"txBytes":0}]},
        {"name":"lo","linkUp":false,"queues":[]}],
        "listeners":[{"address":"0.0.0.0","port":80,"core":0,"backlog":1024,"synQueue":1,
        "acceptQueue":2,"accepted":3,"dropped":4},{"address":"0.0.0.0","port":80,"core":1,
        "backlog":1024,"synQueue":10,"acceptQueue":20,"accepted":30,"dropped":40},
        {"address":"10.0.0.1","port":443,"core":-1,"backlog":16,"synQueue":0,"acceptQueue":0,
        "accepted":0,"dropped":0}],
        "totals":{"DROP_TCP_PAWS":7,"TCP_SEGMENTS_SENT":8}}
        """
            .formatted(NO_TURNS)
            .replace("\n", "");
    assertEquals(expected, new StatsJson().toLine(SampleStats.stats("dpdk0")));
  }

  @Test
  void staysOneLineWhateverTheNames() {
    StackStats odd = new StackStats(0, 0, "a\n\"b\u2028", List.of(), List.of(), List.of());
    assertEquals(1, new StatsJson().toLine(odd).lines().count());
  }
}
