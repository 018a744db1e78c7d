package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;

/** The file of {@code stats_json}, and what is reported if it can't be written. */
class StatsFileTest {
  @TempDir Path folder;

  private static String text(Path file) {
    return """
    application {
      type = end
      run = test
      core_mask = 0x1
    }
    mos {
      max_concurrency = 10
      stats_json = %s
      netdev {
        dpdk0 0x1 10.0.0.1/24 wire=w
      }
    }
    """
        .formatted(file);
  }

  private static MosStack start(Path file) {
    return MosStack.start(MosConfig.parse("mos.conf", text(file)));
  }

  private static void assertRefused(Path file, String sentence) {
    String message = assertThrows(ConfigException.class, () -> start(file)).getMessage();
    assertEquals("mos.conf:8: stats_json: " + sentence, message);
  }

  private static void assertUnwritable(Path file, String why) {
    assertRefused(file, "can't write \"" + file + "\": " + why);
  }

  /** The first line is written at the start, the last one at the end. */
  @Test
  void holdsTheLastFigures() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), "from a run before");
    MosStack stack = start(file);
    stack.core(0).counters().add(Counter.HANDLER_EXCEPTIONS, 42);
    stack.close();
    String text = Files.readString(file);
    List<String> lines = text.lines().toList();
    assertTrue(lines.size() >= 2 && text.endsWith("\n"), text);
    for (String line : lines) {
      assertTrue(line.startsWith("{\"timeMillis\":") && line.endsWith("}}"), line);
    }
    assertTrue(lines.getLast().endsWith("\"totals\":{\"HANDLER_EXCEPTIONS\":42}}"), text);
  }

  @Test
  void aFolderOrNoneAtAll() throws IOException {
    assertUnwritable(folder, "Is a directory");
    assertUnwritable(folder.resolve("none/stats.json"), "no such directory");
    Path file = Files.createFile(folder.resolve("file"));
    assertUnwritable(file.resolve("x"), "Not a directory");
  }

  /** Two stacks would overwrite each other's lines; the first continues undisturbed. */
  @Test
  void aFileOfAnotherStack() throws IOException {
    Path file = folder.resolve("stats.json");
    try (MosStack _ = start(file)) {
      assertRefused(
          file,
          "read \"" + file + "\", but another running stack writes this file; each needs its own");
    }
    assertTrue(Files.size(file) > 0);
    start(file).close();
  }

  /** A start that fails later leaves the file to the next one, and no file where there was none. */
  @Test
  void aFailedStartLetsGo() {
    Path file = folder.resolve("stats.json");
    for (int i = 0; i < 2; i++) {
      assertRefusedLater(file);
      assertFalse(Files.exists(file));
    }
    start(file).close();
  }

  /** The figures of the run before are still of use then. */
  @Test
  void aFailedStartKeepsWhatIsThere() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), "from a run before");
    assertRefusedLater(file);
    assertEquals("from a run before", Files.readString(file));
  }

  private static void assertRefusedLater(Path file) {
    String bad = text(file).replace("wire=w", "nosuch=driver");
    MosStackBuilder builder =
        MosStack.builder(MosConfig.parse("mos.conf", bad))
            .device(WireHub.WIRE, new WireHub(new SplittableRandom(1)));
    String message = assertThrows(ConfigException.class, builder::start).getMessage();
    assertTrue(message.startsWith("mos.conf:10: netdev dpdk0: "), message);
  }

  /** The stack alone, without the optional dependency: one line says what is missing. */
  @Test
  void withoutJackson() throws Exception {
    URL classes = MosStack.class.getProtectionDomain().getCodeSource().getLocation();
    Path file = folder.resolve("stats.json");
    try (URLClassLoader alone =
        new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
      Class<?> configClass = alone.loadClass(MosConfig.class.getName());
      Object config =
          configClass
              .getMethod("parse", String.class, String.class)
              .invoke(null, "mos.conf", text(file));
      InvocationTargetException e =
          assertThrows(
              InvocationTargetException.class,
              () ->
                  alone
                      .loadClass(MosStack.class.getName())
                      .getMethod("start", configClass)
                      .invoke(null, config));
      assertEquals(
          "mos.conf:8: stats_json: read \""
              + file
              + "\", but this key needs com.fasterxml.jackson.core:jackson-core on the class path,"
              + " or on the module path with --add-modules com.fasterxml.jackson.core",
          e.getCause().getMessage());
    }
  }
}
