package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;

/** The stack that a process shares, and how it is configured. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class SharedStackTest {
  private static final String CONFIGURATION =
      """
      application {
        type = end
        run = app
      }
      mos {
        tcp_timeout = %d
        netdev {
          dpdk0 0x1 10.0.0.1/24 wire=end
        }
      }
      """;

  @TempDir private Path folder;

  /** Has a core's thread, whichever that is, run something. */
  private static void run(StackCore core) {
    CompletableFuture<Void> ran = new CompletableFuture<>();
    assertTrue(core.execute(() -> ran.complete(null)));
    ran.join();
  }

  private static boolean hasEnded(MosStack stack) {
    return !stack.core(0).execute(() -> {});
  }

  @Test
  void leasesKeepItAndTheLastOneEndsIt() {
    StackLease first = StackLease.take();
    StackLease second = StackLease.take();
    MosStack stack = first.stack();
    assertSame(stack, second.stack());
    assertTrue(stack.isShared());
    run(stack.core(stack.cores() - 1)); // on a thread of the stack's, as nobody drives it
    first.close();
    first.close(); // once is enough
    run(stack.core(0));
    second.close();
    assertTrue(hasEnded(stack));
    try (StackLease third = StackLease.take()) {
      assertNotSame(stack, third.stack());
    }
  }

  @Test
  void whoAsksForTheStackKeepsItUntilItIsClosed() {
    MosStack stack = MosStack.shared();
    assertSame(stack, MosStack.shared());
    StackLease.take().close();
    run(stack.core(0));
    StackLease lease = StackLease.take();
    stack.close();
    stack.close();
    run(stack.core(0)); // it is leased
    assertSame(stack, MosStack.shared());
    lease.close();
    run(stack.core(0)); // and kept again
    stack.close();
    assertTrue(hasEnded(stack));
    assertNotSame(stack, MosStack.shared());
    MosStack.shared().close();
  }

  @Test
  void usersThatComeAndGoAlwaysHaveOneThatRuns() throws InterruptedException {
    List<Throwable> failures = new ArrayList<>();
    List<Thread> users = new ArrayList<>();
    for (int user = 0; user < 4; user++) {
      users.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      for (int round = 0; round < 50; round++) {
                        try (StackLease lease = StackLease.take()) {
                          run(lease.stack().core(0));
                        }
                      }
                    } catch (Throwable t) {
                      synchronized (failures) {
                        failures.add(t);
                      }
                    }
                  }));
    }
    for (Thread user : users) {
      user.join();
    }
    assertEquals(List.of(), failures);
  }

  @Test
  void aStackOfTheProgramsOwnIsAnother() {
    MosStack own = MosStack.start(MosConfig.builder().build());
    try (StackLease lease = StackLease.take()) {
      assertNotSame(own, lease.stack());
      assertFalse(own.isShared());
    } finally {
      own.close();
    }
  }

  private Path file(String name, int timeout) throws IOException {
    return Files.writeString(folder.resolve(name), CONFIGURATION.formatted(timeout));
  }

  private static int timeout(MosConfig config) {
    return config.get(MosKeys.TCP_TIMEOUT);
  }

  @Test
  void thePropertyGoesBeforeTheVariableAndThatBeforeTheClassPath() throws IOException {
    Path first = file("first.conf", 11);
    Map<String, String> variable = Map.of("MOS_CONF", file("second.conf", 22).toString());
    URL resource = file("mos.conf", 33).toUri().toURL();
    assertEquals(11, timeout(SharedConfig.find(first.toString(), variable, _ -> resource)));
    assertEquals(22, timeout(SharedConfig.find(null, variable, _ -> resource)));
    assertEquals(33, timeout(SharedConfig.find(null, Map.of(), _ -> resource)));
    MosConfig none = SharedConfig.find(null, Map.of(), _ -> null);
    assertEquals(MosConfig.builder().build(), none);
  }

  @Test
  void whatIsWrongIsSaidWithItsPlace() throws IOException {
    String missing = folder.resolve("none.conf").toString();
    ConfigException unread =
        assertThrows(ConfigException.class, () -> SharedConfig.find(missing, Map.of(), _ -> null));
    assertEquals(missing + ": can't be read: no such file", unread.getMessage());
    URL resource = jar("application {\n  type = middle\n}\n");
    ConfigException wrong =
        assertThrows(ConfigException.class, () -> SharedConfig.find(null, Map.of(), _ -> resource));
    assertTrue(
        wrong.getMessage().startsWith("jar:file:")
            && wrong.getMessage().contains("app.jar!/mos.conf:2: type: read \"middle\", allowed:"),
        wrong.getMessage());
  }

  private URL jar(String text) throws IOException {
    Path jar = folder.resolve("app.jar");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar))) {
      out.putNextEntry(new JarEntry("mos.conf"));
      out.write(text.getBytes());
    }
    return url("jar:" + jar.toUri() + "!/mos.conf");
  }

  private static URL url(String text) throws MalformedURLException {
    return URI.create(text).toURL();
  }
}
