package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The files that the demo writes: its capture, its statistics, and the one that it serves. */
final class DemoFilesIT extends ProgramChecks {
  private static final Duration TIME_TO_RUN = Duration.ofMinutes(2);
  private static final int SECONDS_TO_ACCEPT = 20;
  private static final int FLOWS = 5000;

  /** 128 and SIGTERM's number. */
  private static final int TERMINATED = 143;

  @Test
  @Order(1)
  @DisplayName("demo with a bad --json path ends with 2 at once")
  void badPath() throws Exception {
    String file = work.resolve("none/x").toString();
    String why = "demo: --json: " + file + " can't be written: no such directory";
    work.run(Duration.ofSeconds(5), "demo", "--json", file)
        .assertExitCode(2)
        .assertLine(Pattern.quote(why));
  }

  /** What a healthy connection does, and right checksums. */
  @Test
  @Order(2)
  @DisplayName("tshark finds nothing odd in demo --pcap")
  @Needs(Need.TSHARK)
  void cleanCapture() throws Exception {
    Capture capture = new Capture(work.resolve("demo.pcap"));
    work.run(
            TIME_TO_RUN,
            "demo",
            "--flows",
            Integer.toString(FLOWS),
            "--warm-up",
            "3",
            "--alone",
            "--pcap",
            capture.file().toString())
        .assertExitCode(0);
    OddPackets.assertNone(capture, FLOWS, 0);
  }

  /** The table says what was done, and the file that was fetched is gone. */
  @Test
  @Order(3)
  @DisplayName("demo ended by a signal prints its table")
  void interrupted() throws Exception {
    Path temporary = Files.createDirectory(work.resolve("tmp"));
    WorkFolder elsewhere = work.with("MOS_JAVA_OPTS=-Djava.io.tmpdir=" + temporary);
    try (Program demo =
        elsewhere.start(
            "demo", "--duration", "1h", "--warm-up", "1", "--keep-alive", "--size", "1k")) {
      demo.awaitLine("^ *1 s ", Testbed.SOON);
      List<Path> served = list(temporary);
      assertEquals(1, served.size(), served::toString);
      assertTrue(Files.exists(served.getFirst().resolve("size-1024.bin")), served::toString);
      // SIGTERM stands for Ctrl-C, which a job in the background ignores: the same way out.
      new Outcome(demo, demo.end())
          .assertExitCode(TERMINATED)
          .assertLine("^completed +[1-9][0-9,]*$");
      assertEquals(List.of(), list(temporary));
    }
  }

  /**
   * While the demo runs, mos-top shows the server's listener; afterwards each end's file holds what
   * the demo says it did, by then seconds ago.
   */
  @Test
  @Order(4)
  @DisplayName("mos-top shows what stats_json says of the demo")
  void statistics() throws Exception {
    testbed.run("cp -r", work.conf("").toString(), work.path().toString());
    addStatistics("server");
    addStatistics("client");
    WorkFolder home = work.with("MOS_JAVA_OPTS=-Dmos.home=" + work.path());
    String opened;
    try (Program demo = home.start("demo", "--duration", "4", "--warm-up", "1")) {
      Await.until("mos-top shows the listener at work", SECONDS_TO_ACCEPT, this::accepts);
      opened =
          Outcome.of(demo, TIME_TO_RUN)
              .assertExitCode(0)
              .find("^completed +([1-9][0-9,]*) ")
              .replace(",", "");
    }
    mosTop("server.json", "--once")
        .assertExitCode(1)
        .assertLine("^No new line for [0-9]* s: the stack has ended")
        .assertLine("^TCP_PASSIVE_OPENS +[0-9]+ +" + opened + "$")
        .assertLine("^dpdk0 +up +0 +[1-9][0-9]* ");
    mosTop("client.json", "--once")
        .assertExitCode(1)
        .assertLine("the last line is [0-9]* s old")
        .assertLine("^TCP_ACTIVE_OPENS +[0-9]+ +" + opened + "$");
    mosTop("client.json", "--prometheus")
        .assertExitCode(1)
        .assertLine("^mos_tcp_active_opens_total\\{core=\"0\"\\} " + opened + "$");
  }

  /** Adds stats_json to the copied configuration of one end. */
  private void addStatistics(String end) throws IOException {
    Path mosConf = work.resolve("conf/demo").resolve(end).resolve("mos.conf");
    String given = Files.readString(mosConf);
    String changed =
        given.replaceAll("mos_log = .*", "$0\n\tstats_json = " + work.resolve(end + ".json"));
    assertNotEquals(given, changed, "there is no mos_log to add stats_json to");
    Files.writeString(mosConf, changed);
  }

  /** Returns whether mos-top shows accepts each second at port 80, and a core at work. */
  private boolean accepts() throws IOException, InterruptedException {
    if (!Files.exists(work.resolve("server.json"))) {
      return false;
    }
    Outcome top = mosTop("server.json", "--once");
    return top.exitCode() == 0
        && top.count("^0\\.0\\.0\\.0:80 +0 +[1-9]") > 0
        && top.count("^ +0 +- +[1-9][0-9]* +[1-9]") > 0;
  }

  private Outcome mosTop(String file, String option) throws IOException, InterruptedException {
    return work.run(Testbed.SOON, "mos-top", work.resolve(file).toString(), option);
  }

  private static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }
}
