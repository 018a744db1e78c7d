package org.mosstack.top;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.stats.PrometheusText;
import org.mosstack.stats.StackStats;

/** Lines of a {@code stats_json} file, including damaged ones, up to what mos-top shows of them. */
class StatsLineFuzzTest {
  @FuzzTest
  void lines(byte[] input) {
    StatsLine reader = new StatsLine();
    List<StackStats> history = new ArrayList<>();
    for (String line : new String(input, StandardCharsets.UTF_8).split("\n", 8)) {
      reader.parse(line).ifPresent(history::add);
    }
    if (!history.isEmpty()) {
      Screen.of(Interval.last(history));
      PrometheusText.of(history.getLast());
    }
  }
}
