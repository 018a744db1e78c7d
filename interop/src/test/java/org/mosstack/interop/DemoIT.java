package org.mosstack.interop;

import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;

/** The demo as a user starts it, with each of its options, and what it prints. */
final class DemoIT extends ProgramChecks {
  private static final Duration TIME_TO_RUN = Duration.ofMinutes(2);
  private static final String RATE = "[1-9][0-9,]*";

  /** The table's first line: a number for each place, and the quotient. */
  private static final String FIGURES = "^requests/s +" + RATE + " +" + RATE + " +[0-9]+\\.[0-9]+$";

  private static final String SECOND =
      "^ +[123] s +" + RATE + " requests/s +[0-9.,]+ MB/s +mean +[0-9.]+ ms +max +[0-9.]+ ms$";

  @Test
  @Order(1)
  @DisplayName("demo, in 40 seconds")
  void measures() throws Exception {
    assertMeasures(Duration.ofSeconds(40));
  }

  /** Those of two places, and no others: two warm-ups aren't shown. */
  @Test
  @Order(2)
  @DisplayName("demo has a line for each second")
  void plainLines() throws Exception {
    assertMeasures(TIME_TO_RUN, "--warm-up", "1", "--duration", "3").assertLines(6, SECOND);
  }

  /** In mTCP's formats, with every request accounted for. */
  @Test
  @Order(3)
  @DisplayName("demo --verbose has mTCP's lines")
  void originalLines() throws Exception {
    demo(TIME_TO_RUN, "--flows", "20000", "--warm-up", "0", "--alone", "--verbose")
        .assertCompleted(20_000)
        .assertLine("^\\[ ALL \\] dpdk0, RX: ")
        .assertLine("^\\[ ALL \\] connect: ")
        .assertLine("^epserver: requests: 20000, ");
  }

  @Test
  @Order(4)
  @DisplayName("demo --keep-alive")
  void keepAlive() throws Exception {
    assertMeasuresBriefly("--keep-alive");
  }

  @Test
  @Order(5)
  @DisplayName("demo --cores 2")
  void twoCores() throws Exception {
    assertMeasuresBriefly("--cores", "2");
  }

  @Test
  @Order(6)
  @DisplayName("demo --size 64k")
  void largeFile() throws Exception {
    assertMeasuresBriefly("--size", "64k");
  }

  @Test
  @Order(7)
  @DisplayName("demo --size 0")
  void emptyFile() throws Exception {
    assertMeasuresBriefly("--size", "0");
  }

  @Test
  @Order(8)
  @DisplayName("demo --loss 2")
  void loss() throws Exception {
    assertLoses("--loss", "2");
  }

  @Test
  @Order(9)
  @DisplayName("demo --size 1m, with loss")
  void largeFileWithLoss() throws Exception {
    assertLoses("--size", "1m", "--loss", "1");
  }

  private void assertMeasuresBriefly(String... options) throws Exception {
    assertMeasures(TIME_TO_RUN, brief(options));
  }

  /** Asserts that the table has figures of both places, and nothing failed. */
  private Outcome assertMeasures(Duration limit, String... options) throws Exception {
    return demo(limit, options).assertExitCode(0).assertLine(FIGURES).assertLine("^failed +0 +0$");
  }

  /** Asserts that the table has one place, and says what was lost and sent again. */
  private void assertLoses(String... options) throws Exception {
    demo(TIME_TO_RUN, brief(options))
        .assertExitCode(0)
        .assertLine("^failed +0$")
        .assertLine("^lost on the wire: [1-9].* sent again: [1-9]");
  }

  private Outcome demo(Duration limit, String... options) throws IOException, InterruptedException {
    return work.run(limit, "demo", options);
  }

  private static String[] brief(String... options) {
    return Stream.concat(Stream.of("--warm-up", "1", "--duration", "2"), Stream.of(options))
        .toArray(String[]::new);
  }
}
