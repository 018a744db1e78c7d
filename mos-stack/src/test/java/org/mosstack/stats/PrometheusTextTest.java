package org.mosstack.stats;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrometheusTextTest {
  @Test
  void figuresOfAllKinds() {
    Exposition read = Exposition.parse(PrometheusText.of(SampleStats.stats("dpdk0")));
    assertSample(1.5, read, "mos_uptime_seconds{}");
    assertSample(1_700_000_000.123, read, "mos_snapshot_timestamp_seconds{}");
    assertSample(100, read, "mos_turns_total{core=0}");
    assertSample(3, read, "mos_flows{core=0}");
    assertSample(7, read, "mos_dropped_packets_total{core=0, reason=tcp_paws}");
    assertSample(0, read, "mos_dropped_packets_total{core=1, reason=tcp_paws}");
    assertSample(8, read, "mos_tcp_segments_sent_total{core=0}");
    assertSample(1, read, "mos_device_link_up{device=dpdk0}");
    assertSample(0, read, "mos_device_link_up{device=lo}");
    assertSample(6, read, "mos_device_transmit_packets_total{core=0, device=dpdk0}");
    assertSample(0x1p63, read, "mos_device_transmit_packets_total{core=1, device=dpdk0}");
    assertSample(33, read, "mos_listener_accepted_total{listener=0.0.0.0:80}");
    assertSample(2.0000015, read, "mos_turn_seconds_sum{core=0}");
    assertSample(3, read, "mos_turn_seconds_count{core=0}");
    assertSample(2, read, "mos_turn_seconds_bucket{core=0, le=1.023E-6}");
    assertSample(2, read, "mos_turn_seconds_bucket{core=0, le=1.073741823}");
    assertSample(3, read, "mos_turn_seconds_bucket{core=0, le=4.294967295}");
    assertEquals("histogram", read.types.get("mos_turn_seconds"));
  }

  private static void assertSample(double value, Exposition read, String series) {
    assertEquals(value, read.samples.get(series), series + " of " + read.samples.keySet());
  }

  /** Every counter is there, for each core, under a name of its own. */
  @Test
  void everyCounter() {
    Exposition read = Exposition.parse(PrometheusText.of(SampleStats.stats("dpdk0")));
    for (Counter counter : Counter.values()) {
      String name = counter.name().toLowerCase(Locale.ROOT);
      String series =
          name.startsWith("drop_")
              ? "mos_dropped_packets_total{core=1, reason=" + name.substring(5) + "}"
              : "mos_" + name + "_total{core=1}";
      assertTrue(read.samples.containsKey(series), series);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\"b", "a\\b", "a\nb", "\\n", "grün", "a{b}=c,d", " "})
  void namesAreEscaped(String device) {
    Exposition read = Exposition.parse(PrometheusText.of(SampleStats.stats(device)));
    assertSample(1, read, "mos_device_link_up{device=" + device + "}");
  }

  @Test
  void nothingToTellOf() {
    StackStats none = new StackStats(0, 0, "x", List.of(), List.of(), List.of());
    assertEquals(2, Exposition.parse(PrometheusText.of(none)).samples.size());
  }

  /** The reader detects errors. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "a 1\n",
        "# TYPE a gauge\na 1",
        "# TYPE a gauge\na 1\na 1\n",
        "# TYPE a gauge\na{b=1} 1\n",
        "# TYPE a gauge\na{b=\"\\x\"} 1\n",
        "# TYPE a gauge\na{b=\"\"\n",
        "# TYPE a gauge\na x\n",
        "# TYPE a count\na 1\n",
        "# TYPE a gauge\n# TYPE b gauge\nb 1\n# HELP a x\n",
        "# TYPE a counter\na 1\n",
        "# TYPE a histogram\na_bucket{le=\"1\"} 1\na_sum 1\na_count 1\n",
      })
  void theReaderIsStrict(String text) {
    assertThrows(AssertionError.class, () -> Exposition.parse(text), text);
  }
}
