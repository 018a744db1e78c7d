package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mosstack.epwget.LoadFixture.config;
import static org.mosstack.epwget.RawServer.ok;
import static org.mosstack.epwget.RawServer.send;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class ProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
  private final AtomicLong nanos = new AtomicLong(7);

  private ProgressMeter meter(LoopCounters... loops) {
    return new ProgressMeter(List.of(loops), Progress.original(out), nanos::get);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8).replace(System.lineSeparator(), "\n");
  }

  @Test
  void printsTheOriginalsLineAboutTheIntervalSinceTheLineBefore() {
    LoopCounters first = new LoopCounters();
    LoopCounters second = new LoopCounters();
    ProgressMeter meter = meter(first, second);
    first.connect();
    second.connect();
    second.connect();
    first.read(5 << 20);
    second.read((3 << 20) + 1000);
    second.written(1 << 20);
    first.complete(100);
    first.complete(300);
    second.complete(801);
    meter.tell();
    second.complete(77);
    meter.tell();
    meter.tell();
    first.complete(12345678);
    meter.tell();
    assertEquals(
        """
        [ ALL ] connect:       3, read:    8 MB, write:    1 MB, completes:       3 \
        (resp_time avg:  400, max:    801 us)
        [ ALL ] connect:       0, read:    0 MB, write:    0 MB, completes:       1 \
        (resp_time avg:   77, max:     77 us)
        [ ALL ] connect:       0, read:    0 MB, write:    0 MB, completes:       0 \
        (resp_time avg:    0, max:      0 us)
        [ ALL ] connect:       0, read:    0 MB, write:    0 MB, completes:       1 \
        (resp_time avg: 12345678, max: 12345678 us)
        """,
        printed());
  }

  /** While the server is away, one line of zeros is enough. */
  @Test
  void idleIntervalsAreNotRepeated() {
    LoopCounters loop = new LoopCounters();
    ProgressMeter meter = meter(loop);
    loop.complete(100);
    meter.tell();
    for (int i = 0; i < 5; i++) {
      meter.tell();
    }
    assertEquals(2, printed().lines().count());
    loop.connect();
    meter.tell();
    assertEquals(3, printed().lines().count());
    loop.read(100);
    meter.tell();
    assertEquals(4, printed().lines().count());
  }

  @Test
  void intervalsHaveTheirLength() {
    List<Progress.Interval> told = new ArrayList<>();
    Progress progress =
        new Progress() {
          @Override
          public void plan(String line) {}

          @Override
          public void interval(Interval interval) {
            told.add(interval);
          }
        };
    LoopCounters loop = new LoopCounters();
    ProgressMeter meter = new ProgressMeter(List.of(loop), progress, nanos::get);
    loop.complete(250);
    loop.complete(350);
    nanos.addAndGet(1_500_000_000);
    meter.tell();
    nanos.addAndGet(1);
    meter.tell();
    assertEquals(
        List.of(
            new Progress.Interval(1.5, 0, 0, 0, 2, 300, 350),
            new Progress.Interval(1e-9, 0, 0, 0, 0, 0, 0)),
        told);
  }

  /** Many intervals, odd and even: each maximum is reported once, in its own interval. */
  @Test
  void takesEachMaximumOnce() {
    LoopCounters counters = new LoopCounters();
    for (int i = 1; i < 100; i++) {
      assertEquals(0, counters.takeMaxMicros());
      counters.complete(i);
      counters.complete(1000 - i);
      counters.complete(i);
      assertEquals(1000 - i, counters.takeMaxMicros());
    }
  }

  @Test
  void theLinesOfARunAddUpToItsSummary() {
    try (RawServer server = new RawServer((ctx, _) -> send(ctx, ok("hello")));
        LoadFixture client = new LoadFixture(2)) {
      Epwget run =
          client.start(
              config(server.port(), 3000, 8).withKeepAlive(true).withCoreLimit(5),
              EpwgetOptions.defaults().withProgress(Progress.original(out)));
      Summary summary = LoadFixture.join(run);
      String text = bytes.toString(StandardCharsets.UTF_8);
      assertTrue(text.startsWith("core_limit = 5: 2 loops are used"), text);
      assertTrue(
          text.contains(
              "Thread 1 handles 1500 flows, 4 at once, connecting to 127.0.0.1:" + server.port()),
          text);
      Matcher line =
          Pattern.compile("\\[ ALL ] connect: +(\\d+), .* completes: +(\\d+) ").matcher(text);
      long connects = 0;
      long completes = 0;
      while (line.find()) {
        connects += Long.parseLong(line.group(1));
        completes += Long.parseLong(line.group(2));
      }
      assertEquals(summary.connections(), connects);
      assertEquals(3000, completes);
    }
  }
}
