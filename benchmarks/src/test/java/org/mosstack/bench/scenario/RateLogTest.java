package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What is read from the output of each of the programs. */
class RateLogTest {
  private static final Pattern RATE = Pattern.compile("^rate (\\d+)$");

  private static List<String> lines(String text) {
    return text.lines().toList();
  }

  @Test
  void ofTheLastSecondsAllButTheVeryLastCount() throws IOException {
    List<String> lines = List.of("rate 1", "rate 2", "something else", "rate 3", "rate 4");
    assertEquals(List.of(2.0, 3.0), RateLog.lastWhole(lines, RATE, 2));
    assertEquals(List.of(1.0, 2.0, 3.0), RateLog.lastWhole(lines, RATE, 10));
  }

  @Test
  void aProgramThatPrintedNoRateIsAnError() {
    assertThrows(IOException.class, () -> RateLog.of(List.of("rate", "rate x"), RATE));
    assertThrows(IOException.class, () -> RateLog.lastWhole(List.of("rate 1"), RATE, 2));
  }

  @Test
  void testpmdCountsReceivedAndSentPackets() throws IOException {
    String second =
        """
        \u001b[2J\u001b[1;1H
        Port statistics ====================================
          ######################## NIC statistics for port 0  ########################
          RX-packets: 10183488   RX-missed: 0          RX-bytes:  611009280
          RX-errors: 0
          RX-nombuf:  0
          TX-packets: 10184000   TX-errors: 0          TX-bytes:  611040000

          Throughput (since last show)
          Rx-pps:      %d          Rx-bps:   2444034808
          Tx-pps:      %d          Tx-bps:   2444155376
          ############################################################################
        """;
    StringBuilder text = new StringBuilder("EAL: Detected CPU lcores: 2\n");
    for (int i = 0; i < 5; i++) {
      text.append(second.formatted(5_000_000 + i, 5_100_000 + i));
    }
    text.append("Signal 15 received, preparing to exit...\n");
    assertEquals(
        new TestPmd.Load(List.of(5_000_002.0, 5_000_003.0), List.of(5_100_002.0, 5_100_003.0)),
        TestPmd.Load.read(lines(text.toString()), 2));
  }

  @Test
  void wrkSumsUpItsRun() throws IOException {
    assertEquals(
        List.of(50_870.55),
        KernelServers.requests(
            lines(
                """
                Running 3s test @ http://127.0.0.1:18080/64.bin
                  1 threads and 64 connections
                  Thread Stats   Avg      Stdev     Max   +/- Stdev
                    Latency     1.25ms  320.19us   9.87ms   88.44%
                    Req/Sec    51.13k     2.61k   55.30k    83.33%
                  152634 requests in 3.00s, 45.13MB read
                Requests/sec:  50870.55
                Transfer/sec:     15.04MB
                """)));
  }

  @Test
  void epwgetCountsWhatIsCompleted() throws IOException {
    assertEquals(
        List.of(202_227.0, 245_312.0),
        StackServer.completes(
            lines(
                """
                [ ALL ] connect:      64, read:    8 MB, write:    1 MB, completes:    1234 \
                (resp_time avg:  400, max:    801 us)
                [ ALL ] connect:       0, read:   40 MB, write:    9 MB, completes:  202227 \
                (resp_time avg:  300, max:    801 us)
                [ ALL ] connect:       0, read:   50 MB, write:   10 MB, completes:  245312 \
                (resp_time avg:  250, max:    900 us)
                [ ALL ] connect:       0, read:    1 MB, write:    0 MB, completes:     803 \
                (resp_time avg:  250, max:    700 us)
                Completed 449576 connections, errors: 0 incompletes: 64
                """),
            2));
  }

  @Test
  void anEchoClientPrintsRatesAndRoundTrips() throws IOException {
    List<String> lines =
        lines(
            """
            EAL: Detected CPU lcores: 2
            256 rate 923838
            256 rate 1415675
            256 rtt_us 201.86 510.98 4444.16
            """);
    assertEquals(
        new MemifPrograms.Echoes(List.of(923_838.0, 1_415_675.0), "201.86 510.98 4444.16"),
        MemifPrograms.Echoes.read(lines));
    assertThrows(IOException.class, () -> MemifPrograms.Echoes.read(List.of("256 rate 923838")));
  }

  @Test
  void aClientThatOpensAndClosesPrintsRates() throws IOException {
    assertEquals(
        List.of(70_655.0, 99_857.0),
        MemifPrograms.accepts(List.of("rate 70655", "its log", "rate 99857")));
  }
}
