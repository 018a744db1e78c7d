package org.mosstack.netty;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.mosstack.MosStack;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;

/** Whether the transport is available, and why not: in JVMs started in a way that prevents it. */
class MosTest {
  private static final long TIMEOUT_SECONDS = 60;

  @Test
  void availableHere() {
    assertTrue(Mos.isAvailable());
    assertNull(Mos.unavailabilityCause());
    Mos.ensureAvailability();
  }

  @Test
  void nativeAccessIsDenied() throws Exception {
    List<String> printed = run("--illegal-native-access=deny");
    assertEquals("false", printed.get(0));
    assertTrue(printed.get(1).contains("IllegalCallerException"), printed::toString);
    assertTrue(printed.get(1).contains("--enable-native-access"), printed::toString);
    assertEquals("java.lang.UnsatisfiedLinkError, same cause", printed.get(2));
    String line =
        "Native access is denied to the stack: start the JVM with"
            + " --enable-native-access=ALL-UNNAMED";
    // Twice: what a failed first start leaves of classes doesn't change what a second one says.
    assertEquals(List.of(line, line), printed.subList(3, printed.size()));
  }

  /** A stack without a group: the first that is asked is the stack. */
  @Test
  void nativeAccessIsDeniedToAStack() throws Exception {
    List<String> printed = run("--illegal-native-access=deny", "stack");
    assertTrue(printed.getFirst().startsWith("Native access is denied to the stack:"));
  }

  @Test
  void anotherSystem() throws Exception {
    List<String> printed = run("-Dos.name=Plan 9");
    assertEquals("false", printed.get(0));
    assertEquals(
        "java.lang.UnsupportedOperationException: A stack needs Linux, this is Plan 9",
        printed.get(1));
    assertEquals("java.lang.UnsatisfiedLinkError, same cause", printed.get(2));
  }

  /** Returns what {@link Asking} prints in a JVM with an option. */
  private static List<String> run(String option, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(ProcessHandle.current().info().command().orElseThrow());
    command.add(option);
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Asking.class.getName()));
    command.addAll(List.of(arguments));
    Process jvm = new ProcessBuilder(command).redirectErrorStream(true).start();
    try {
      String output = new String(jvm.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(jvm.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS), output);
      assertEquals(0, jvm.exitValue(), output);
      return output.lines().toList();
    } finally {
      jvm.destroyForcibly();
    }
  }

  /** Prints what a user is told. */
  static final class Asking {
    private Asking() {}

    public static void main(String[] arguments) {
      if (arguments.length > 0) {
        start();
        return;
      }
      System.out.println(Mos.isAvailable());
      Throwable cause = Mos.unavailabilityCause();
      System.out.println(cause);
      try {
        Mos.ensureAvailability();
      } catch (UnsatisfiedLinkError e) {
        boolean same = e.getCause() == cause;
        System.out.println(e.getClass().getName() + (same ? ", same cause" : ", another cause"));
      }
      start();
      start();
    }

    private static void start() {
      try {
        MosStack.start(MosConfig.builder().build());
      } catch (ConfigException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
