package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.TestReporter;
import org.mosstack.testkit.program.Namespace;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The kernel's end of a link: the programs that ask the stack for something. */
final class KernelEnd {
  private static final Duration TIME_TO_DOWNLOAD = Duration.ofSeconds(160);
  private static final Pattern REQUESTS = Pattern.compile("(?m)^ *[1-9][0-9]* requests in");
  private static final Pattern RATE = Pattern.compile("(?m)^Requests/sec: *(.*)");
  private static final Pattern ERRORS = Pattern.compile("Socket errors|Non-2xx");

  /** Bytes of IP's and ICMP's headers in front of what ping sends. */
  private static final int PING_HEADERS = 28;

  private final Testbed testbed;
  private final Link link;
  private final Path got;

  KernelEnd(Testbed testbed, Link link) {
    this.testbed = testbed;
    this.link = link;
    got = testbed.folder().resolve("got");
  }

  /** Returns the address of a file that the stack serves. */
  static String url(int size) {
    return "http://" + Link.STACK_ADDRESS + WebFiles.path(size);
  }

  /** Pings the stack. */
  void ping() throws IOException, InterruptedException {
    ping("-c 20 -i 0.05");
  }

  /** Pings the stack, with options. */
  void ping(String options) throws IOException, InterruptedException {
    link.kernel().run("ping " + options + " " + Link.STACK_ADDRESS);
  }

  /** Asserts that pings as long as the MTU arrive whole, and none that are longer. */
  void assertPingsUpTo(int mtu) throws IOException, InterruptedException {
    int longest = mtu - PING_HEADERS;
    ping("-c 3 -i 0.2 -M do -s " + longest);
    String tooLong = "ping -c 1 -W 1 -M do -s " + (longest + 1) + " " + Link.STACK_ADDRESS;
    assertFalse(link.kernel().succeeds(tooLong), tooLong);
  }

  /** Downloads files of some sizes, and reports how long the last one took. */
  void downloadAll(List<Integer> sizes, Epserver from, TestReporter reporter)
      throws IOException, InterruptedException {
    String seconds = "";
    for (int size : sizes) {
      seconds = download(size);
      from.assertRunning();
    }
    reporter.publishEntry("curl", sizes.getLast() + " bytes in " + seconds + " s");
  }

  /** Downloads a file, as it should be, and returns how many seconds it took. */
  String download(int size) throws IOException, InterruptedException {
    return download(link.kernel(), size, "-m", "150", "-w", "%{time_total}");
  }

  /** Downloads a file, as it should be, from somewhere, with options; returns curl's output. */
  String download(Namespace from, int size, String... options)
      throws IOException, InterruptedException {
    Program curl = startDownload(from, size, options);
    return awaitDownloaded(curl, size);
  }

  /** Starts to download a file, with options. */
  Program startDownload(Namespace from, int size, String... options) throws IOException {
    Files.deleteIfExists(got);
    List<String> words = Testbed.words("curl -sS -o", got.toString(), url(size));
    words.addAll(List.of(options));
    return from.start(words);
  }

  /** Waits until a file is downloaded, as it should be; returns curl's output. */
  String awaitDownloaded(Program curl, int size) throws IOException, InterruptedException {
    String output = curl.succeed(TIME_TO_DOWNLOAD);
    WebFiles.of(testbed).assertSame(size, got);
    return output;
  }

  /** Returns the file that is being downloaded. */
  Path downloaded() {
    return got;
  }

  /** Loads the stack by wrk for three seconds, without any error. */
  void load(int connections, TestReporter reporter) throws IOException, InterruptedException {
    String output = link.kernel().run("wrk -t1 -c" + connections + " -d3s " + url(8192));
    Matcher rate = RATE.matcher(output);
    reporter.publishEntry("wrk", (rate.find() ? rate.group(1) : "?") + " requests/s of 8 KB");
    assertTrue(REQUESTS.matcher(output).find() && !ERRORS.matcher(output).find(), output);
  }

  /** Asserts that the packets the interface received were on average nearly as long as could be. */
  void assertFullPackets(int mtu) throws IOException, InterruptedException {
    long bytes = received("rx_bytes");
    long packets = received("rx_packets");
    assertTrue(bytes / packets >= mtu * 9 / 10, bytes + " bytes in " + packets + " packets");
  }

  private long received(String counter) throws IOException, InterruptedException {
    String file = "/sys/class/net/" + link.device() + "/statistics/" + counter;
    return Long.parseLong(link.kernel().run("cat " + file));
  }
}
