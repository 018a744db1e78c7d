package org.mosstack.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.TestReporter;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The stack's end of a link: epserver and epwget, and the configuration files of both. */
final class StackEnd {
  private static final Duration TIME_TO_START = Duration.ofSeconds(60);
  private static final Duration TIME_TO_FETCH = Duration.ofSeconds(150);
  private static final Pattern DURATION = Pattern.compile("(?m)^Duration: ([0-9.]*) s");

  /** Files of up to this many bytes are fetched several times. */
  private static final int SMALL = 8192;

  private static final int FLOWS_OF_SMALL = 20;

  private static final String CONFIGURATION =
      """
      application {
        type = end
        run = epserver
        core_mask = %1$s
      }
      mos {
        max_concurrency = 10000
        max_num_buffers = 8192
        rmem_size = 262144
        wmem_size = 262144
        tcp_timeout = 30
        netdev {
          dpdk0 %1$s %2$s/24 %3$s
        }
        route_table {
          10.78.0.0/24 dpdk0 via %4$s
        }
        mos_log = %5$s
      }
      """;

  private final Testbed testbed;
  private final Link link;
  private final Path folder;
  private final Logs logs;

  /**
   * Writes the configuration files.
   *
   * @param coreMask the stack's cores
   * @param device the device, as mos.conf has it
   */
  StackEnd(Testbed testbed, Link link, String coreMask, String device) throws IOException {
    this.testbed = testbed;
    this.link = link;
    folder = testbed.folder().resolve("stack");
    logs = new Logs(folder.resolve("logs"));
    Testbed.deleteTree(folder);
    Files.createDirectory(folder);
    Files.writeString(
        folder.resolve("mos.conf"),
        CONFIGURATION.formatted(
            coreMask, Link.STACK_ADDRESS, device, Link.KERNEL_ADDRESS, logs.folder()));
    setForEpserver("www_main = " + WebFiles.of(testbed).folder());
    Files.writeString(
        folder.resolve("epwget.conf"),
        "url = " + Link.KERNEL_ADDRESS + "/1.bin\ntotal_flows = 1\n");
  }

  /** Adds a line to epserver.conf. */
  void setForEpserver(String line) throws IOException {
    Files.writeString(
        folder.resolve("epserver.conf"),
        line + "\n",
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  /** Starts epserver, and returns when it serves; fails if it doesn't. */
  Epserver serve(String... options) throws IOException, InterruptedException {
    return serveBy("bin/epserver", options);
  }

  /** Starts epserver by a command to which its arguments are added. */
  Epserver serveBy(String command, String... options) throws IOException, InterruptedException {
    Testbed.deleteTree(logs.folder());
    Epserver epserver = new Epserver(startEpserver(command, options), logs);
    epserver.awaitServing(TIME_TO_START);
    return epserver;
  }

  /** Asserts that epserver refuses to start, with exit code 2 and a line that says why. */
  void assertRefused(String why) throws IOException, InterruptedException {
    Outcome.of(startEpserver("bin/epserver"), TIME_TO_START)
        .assertExitCode(2)
        .assertLine(Pattern.quote(why));
  }

  private Program startEpserver(String command, String... options) throws IOException {
    List<String> words = Testbed.words(command + " -f", folder.resolve("mos.conf").toString());
    words.addAll(List.of("-c", folder.resolve("epserver.conf").toString()));
    words.addAll(List.of(options));
    return link.stack().start(words);
  }

  /** Starts epwget, which fetches what the kernel serves. */
  Program startFetch(String portAndPath, String... options)
      throws IOException, InterruptedException {
    Testbed.deleteTree(logs.folder());
    for (Path old : fetched()) {
      Files.delete(old);
    }
    List<String> words = Testbed.words("bin/epwget -f", folder.resolve("mos.conf").toString());
    words.addAll(List.of("-c", folder.resolve("epwget.conf").toString()));
    words.add("http://" + Link.KERNEL_ADDRESS + portAndPath);
    words.addAll(List.of("-o", folder.resolve("got").toString()));
    words.addAll(List.of(options));
    return link.stack().start(words);
  }

  /** Waits for epwget's end, which is to be a success with all packet buffers back. */
  String awaitFetched(Program epwget) throws IOException, InterruptedException {
    String output = epwget.succeed(TIME_TO_FETCH);
    logs.assertNoLeak();
    return output;
  }

  /** Fetches a file by some flows, ten at a time, each of which gets what it should. */
  String fetch(int size, int flows) throws IOException, InterruptedException {
    Program epwget =
        startFetch(WebFiles.path(size), "--flows", Integer.toString(flows), "--concurrency", "10");
    String output = awaitFetched(epwget);
    for (int flow = 0; flow < flows; flow++) {
      WebFiles.of(testbed).assertSame(size, fetched(flow));
    }
    return output;
  }

  /** Fetches files of some sizes, and reports how long the last one took. */
  void fetchAll(List<Integer> sizes, TestReporter reporter)
      throws IOException, InterruptedException {
    String output = "";
    for (int size : sizes) {
      output = fetch(size, size > SMALL ? 1 : FLOWS_OF_SMALL);
    }
    Matcher duration = DURATION.matcher(output);
    String seconds = duration.find() ? duration.group(1) : "?";
    reporter.publishEntry("epwget", sizes.getLast() + " bytes in " + seconds + " s");
  }

  /** Returns the file that a flow of the last fetch has written. */
  Path fetched(int flow) {
    return folder.resolve("got." + flow);
  }

  private List<Path> fetched() throws IOException {
    try (var files = Files.newDirectoryStream(folder, "got.*")) {
      List<Path> found = new ArrayList<>();
      files.forEach(found::add);
      return found;
    }
  }

  /** Returns the logs of the last run. */
  Logs logs() {
    return logs;
  }
}
