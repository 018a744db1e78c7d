package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;

/** The programs over af_packet. */
@DisplayName("af_packet")
final class AfPacketIT extends DriverChecks {
  /** A JVM has more threads than this. */
  private static final int FEW_THREADS = 10;

  AfPacketIT() {
    super(Device.AF_PACKET);
  }

  /**
   * epserver starts as root and serves as nobody: all its threads, without any capability. That
   * user must be able to read the class path, wherever the project's folder is.
   */
  @Test
  @Order(SERVER_ENDS + 3)
  @DisplayName("epserver serves as nobody")
  void servesAsNobody(TestReporter reporter) throws Exception {
    stack.setForEpserver("user = nobody");
    Path start = testbed.folder().resolve("as-nobody");
    Files.writeString(start, "mount --bind . /mnt && cd /mnt && exec bin/epserver \"$@\"\n");
    try (Epserver server = stack.serveBy("unshare --mount sh " + start)) {
      List<String> threads = statusOfThreads(server.program().pid());
      kernel.downloadAll(List.of(1460, 65_536), server, reporter);
      server.endWithAllBuffers();
      String nobody = testbed.run("id -u nobody");
      assertAll(threads, "Uid:", (nobody + "\t").repeat(4).strip());
      assertAll(threads, "CapPrm:", "0000000000000000");
    }
  }

  private static List<String> statusOfThreads(long pid) throws IOException {
    List<String> lines = new ArrayList<>();
    try (var tasks = Files.newDirectoryStream(Path.of("/proc", Long.toString(pid), "task"))) {
      for (Path task : tasks) {
        lines.addAll(Files.readAllLines(task.resolve("status")));
      }
    }
    return lines;
  }

  /** Asserts that a field of every thread has a value. */
  private static void assertAll(List<String> status, String field, String value) {
    List<String> lines = status.stream().filter(line -> line.startsWith(field)).toList();
    assertTrue(lines.size() > FEW_THREADS, () -> lines.size() + " threads");
    String wanted = field + "\t" + value;
    assertTrue(lines.stream().allMatch(wanted::equals), () -> String.join("\n", lines));
  }
}
