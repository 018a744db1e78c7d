package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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

  @Test
  void allThreadsBecomeTheUserForGood() throws IOException, InterruptedException {
    assertEquals(
        "nobody; refused: needs a start as root, with CAP_SETUID and CAP_SETGID",
        child(List.of(), NOBODY, "root"));
  }

  /** As a service manager starts a process that may change users: it keeps all capabilities. */
  @Test
  void capabilitiesThatANewUserKeepsAreRefused() throws IOException, InterruptedException {
    List<String> start =
        List.of(
            "setpriv",
            "--reuid=1",
            "--regid=1",
            "--clear-groups",
            "--inh-caps=+setuid,+setgid,+dac_read_search",
            "--ambient-caps=+setuid,+setgid,+dac_read_search"); // the last for the class path
    assertEquals(
        "refused: it would keep capabilities (CapPrm 00000000000000c4), which the kernel takes only"
            + " from root's processes: start it as root, or as nobody right away",
        child(start, NOBODY));
  }

  /** A bit that makes the kernel leave root its capabilities. */
  @Test
  void capabilitiesThatRootKeepsAreRefused() throws IOException, InterruptedException {
    String output = child(List.of("setpriv", "--securebits=+no_setuid_fixup"), NOBODY);
    assertTrue(output.startsWith("refused: it would keep capabilities (CapPrm 0"), output);
  }

  @Test
  void rootKeepsWhatItHas() throws IOException, InterruptedException {
    assertEquals("root", child(List.of(), "root"));
  }

  /** Returns the output of a child JVM, used because there is no way back. */
  private static String child(List<String> start, String... users)
      throws IOException, InterruptedException {
    assumeTrue(
        (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
        "needs root, to become another user: run the tests with sudo");
    List<String> command = new ArrayList<>(start);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ProcessUserTest.class.getName());
    command.addAll(List.of(users));
    Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    assertEquals(0, child.waitFor(), output);
    return output;
  }

  /**
   * The child process: becomes one user after another and inspects its threads. By then it can't
   * load classes from root's folders any more, so it does without JUnit's.
   *
   * @param names the users' names
   */
  public static void main(String[] names) throws IOException {
    Thread.ofPlatform().daemon().start(() -> LockSupport.park());
    ProcessUser[] users = new ProcessUser[names.length];
    for (int i = 0; i < names.length; i++) {
      users[i] = ProcessUser.find(names[i]).orElseThrow();
    }
    String result = "";
    try {
      for (ProcessUser user : users) {
        user.become();
        result += look(user) + "; ";
      }
    } catch (IOException e) {
      result += "refused: " + e.getMessage() + "; ";
    }
    System.out.println(result.substring(0, result.length() - 2));
  }

  /** Returns the user's name, or the status of a thread that has what it may not have. */
  private static String look(ProcessUser user) throws IOException {
    try (DirectoryStream<Path> threads = Files.newDirectoryStream(Path.of("/proc/self/task"))) {
      for (Path thread : threads) {
        String status = Files.readString(thread.resolve("status"));
        boolean keeps =
            !status.contains("CapPrm:\t0000000000000000\n")
                || !status.contains("Groups:\t" + user.gid() + " \n");
        if (keeps && user.uid() != 0) {
          return status;
        }
      }
    }
    return user.name();
  }
}
