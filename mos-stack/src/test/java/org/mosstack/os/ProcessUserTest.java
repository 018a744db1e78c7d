package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ProcessUserTest {
  private static final String NOBODY = "nobody";

  @Test
  void findsUsersByName() {
    assertEquals(Optional.of(new ProcessUser("root", 0, 0)), ProcessUser.find("root"));
    assertEquals(Optional.empty(), ProcessUser.find("nobody-of-that-name"));
  }

  /** In a JVM of its own, since there is no way back. */
  @Test
  void allThreadsBecomeTheUserForGood() throws IOException, InterruptedException {
    assumeTrue(
        (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "needs root, to become another user: run the tests with sudo");
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ProcessUserTest.class.getName())
            .redirectErrorStream(true)
            .start();
    String output =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, child.waitFor(), output);
    assertEquals("nobody; refused: needs root, or CAP_SETUID and CAP_SETGID", output);
  }

  /**
   * The child: becomes nobody, looks at its threads, and tries to become root again. It can't load
   * classes from root's folders any more by then, so it does without JUnit's.
   */
  public static void main(String[] args) throws IOException {
    Thread.ofPlatform().daemon().start(() -> LockSupport.park());
    ProcessUser nobody = ProcessUser.find(NOBODY).orElseThrow();
    ProcessUser root = ProcessUser.find("root").orElseThrow();
    nobody.become();
    String result = NOBODY;
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        String status = Files.readString(thread.resolve("status"));
        if (!status.contains("CapPrm:\t0000000000000000\n")
            || !status.contains("Groups:\t" + nobody.gid() + " \n")) {
          result = status;
        }
      }
    }
    try {
      root.become();
    } catch (IOException e) {
      System.out.println(result + "; refused: " + e.getMessage());
    }
  }
}
