package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files after many small accidents: they load, or fail with one line that names the place. */
class MosConfigFuzzTest {
  private static final String SEED_FILE =
      """
      application {
        type = end
        run = epserver "a b" # comment
        core_mask = 0xFF
        ip_forward = 1
      }
      mos {
        max_concurrency = 1000
        rmem_size = 8192
        tcp_timeout = -1
        stat_print = dpdk0 wire0
        multiprocess = 0 master
        mos_log = logs/
        netdev {
          dpdk0 0x3 10.0.0.1/24 pci=0000:03:00.0,a=[1,2]
          wire0 0xC 10.1.0.1/24 wire=cable
        }
        arp_table { 10.0.0.2/32 00:1b:21:3c:9d:f8
        }
        route_table
        {
          0.0.0.0/0 dpdk0 via 10.0.0.254
        }
        nic_forward_table { dpdk0 wire0 }
      }
      """;

  private static final String[] PIECES = {
    "{",
    "}",
    "=",
    "#",
    "\n",
    "\r",
    "\t",
    " ",
    "\"",
    "'",
    "/",
    "/33",
    "0x",
    "-",
    "-1",
    "0",
    "via",
    "\0",
    "\u007f",
    "\uFEFF",
    "\u2028",
    "\ud800",
    "é",
    "٣",
    "𝟙",
    "application",
    "mos {",
    "netdev {",
    "wire=",
    "net_",
    "pci=",
    ",",
    ",,",
    "[",
    "99999999999999999999",
    "FFFFFFFFFFFFFFFFFFFFFFFF",
    "type = monitor",
    "10.0.0.1/24",
    "255.255.255.255",
    "ff:ff:ff:ff:ff:ff",
    "core_mask = 1\n"
  };

  /** What is wrong in a file: see {@link ConfigException}. */
  private static final Pattern SENTENCE =
      Pattern.compile(
          "mos.conf:\\d+: .*: (read \".*\"(\\.\\.\\.)?, (allowed: |but ).+|.+ is missing(, allowed:"
              + " .+)?)");

  private static final int FILES_PER_SEED = 4000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void onlyConfigExceptionsComeOut(long seed) {
    int loaded = 0;
    Random random = new Random(seed);
    for (int i = 0; i < FILES_PER_SEED; i++) {
      StringBuilder text = new StringBuilder(SEED_FILE);
      int accidents = 1 + random.nextInt(1 + random.nextInt(8));
      for (int a = 0; a < accidents; a++) {
        mutate(text, random);
      }
      String where = "seed " + seed + ", file " + i + ":\n" + text;
      try {
        MosConfig.parse("mos.conf", text.toString());
        loaded++;
      } catch (ConfigException e) {
        check(e, text.toString(), where);
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError(where, e);
      }
    }
    // Both outcomes must be frequent, or the accidents are too bad or too harmless to test much.
    assertTrue(loaded > FILES_PER_SEED / 50, "seed " + seed + ": only " + loaded + " loaded");
    assertTrue(loaded < FILES_PER_SEED / 2, "seed " + seed + ": as many as " + loaded + " loaded");
  }

  @Test
  void hugeFilesEndInTime() {
    String start = "application { type = end\nrun = x }\nmos { netdev { dpdk0 0x1 }\n";
    int size = ConfigFile.MAX_SIZE / 2;
    String[] files = {
      "{".repeat(size),
      "}".repeat(size),
      "a{".repeat(size),
      "a{".repeat(size) + "}".repeat(size),
      "\n".repeat(size),
      "a\n".repeat(size),
      "=".repeat(size),
      "x".repeat(size),
      start + "x".repeat(size) + " = 1",
      start + "rmem_size = " + "1".repeat(size),
      start + "stat_print = " + "dpdk0 ".repeat(size / 6),
      start + "mos_log = " + "\"".repeat(size),
      "application { type = end\nrun = " + "a ".repeat(size / 2) + "\ncore_mask = 0x1\n }",
      "application { type = end\nrun = x\ncore_mask = "
          + "F".repeat(size)
          + "\n}\nmos { netdev { d 0x"
          + "1".repeat(size + 1)
          + " } }",
      start.replace("0x1", "0x1 net_tap=" + ",".repeat(size)) + "}",
      start.replace("0x1", "0x1 net_tap=" + "[".repeat(size)) + "}"
    };
    for (String text : files) {
      String where = text.substring(0, 60) + "...";
      assertTimeoutPreemptively(
          Duration.ofSeconds(20),
          () -> {
            try {
              MosConfig.parse("mos.conf", text);
            } catch (ConfigException e) {
              check(e, text, where);
            }
          },
          where);
    }
  }

  private static void check(ConfigException e, String text, String where) {
    int line = e.line().orElse(0);
    long lineEnds = text.chars().filter(c -> c == '\n').count();
    long lines = Math.max(1, text.endsWith("\n") ? lineEnds : lineEnds + 1);
    assertTrue(line >= 1 && line <= lines, () -> "line " + line + " of " + lines + ", " + where);
    String message = e.getMessage();
    assertTrue(message.startsWith("mos.conf:" + line + ": "), () -> message + "\n" + where);
    assertTrue(SENTENCE.matcher(message).matches(), () -> message + "\n" + where);
    assertTrue(message.length() < 600, () -> message + "\n" + where);
    assertTrue(
        message.codePoints().noneMatch(Character::isISOControl), () -> message + "\n" + where);
  }

  private static void mutate(StringBuilder text, Random random) {
    int at = random.nextInt(text.length() + 1);
    int length = Math.min(text.length() - at, 1 + random.nextInt(12));
    switch (random.nextInt(6)) {
      case 0 -> text.insert(at, PIECES[random.nextInt(PIECES.length)]);
      case 1 -> text.delete(at, at + length);
      case 2 -> text.insert(at, text.substring(at, at + length));
      case 3 -> text.replace(at, at + length, PIECES[random.nextInt(PIECES.length)]);
      case 4 -> text.insert(at, (char) random.nextInt(128));
      default -> {
        // A whole line, deleted or duplicated.
        int start = text.lastIndexOf("\n", at) + 1;
        int end = text.indexOf("\n", at) < 0 ? text.length() : text.indexOf("\n", at) + 1;
        String line = text.substring(Math.min(start, end), end);
        if (random.nextBoolean()) {
          text.insert(end, line);
        } else {
          text.delete(end - line.length(), end);
        }
      }
    }
  }
}
