package org.mosstack.top;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.stats.PrometheusText;
import picocli.CommandLine;

class MosTopTest {
  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  /** Half a second after the last line of the tests' files. */
  private Instant now = Instant.ofEpochMilli(Lines.stats(2500).timeMillis());

  private int run(Object... args) {
    MosTop command = new MosTop(stream(out), stream(err), () -> now, () -> false);
    String[] words = List.of(args).stream().map(Object::toString).toArray(String[]::new);
    return new CommandLine(command).execute(words);
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  @Test
  void once() throws IOException {
    Path file = folder.resolve("stats.json");
    Files.writeString(file, Lines.line(1000) + Lines.line(2000));
    assertEquals(0, run(file, "--once"));
    Interval interval = new Interval(Lines.stats(1000), Lines.stats(2000));
    assertEquals(Screen.of(interval), out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void prometheus() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), Lines.line(2000));
    assertEquals(0, run(file, "--prometheus"));
    assertEquals(PrometheusText.of(Lines.stats(2000)), out.toString(StandardCharsets.UTF_8));
  }

  /** What a stack that has ended left is shown as that. */
  @Test
  void figuresOfTheDead() throws IOException {
    Path file = folder.resolve("stats.json");
    Files.writeString(file, Lines.line(1000) + Lines.line(2000));
    now = now.plusSeconds(300);
    assertEquals(1, run(file, "--once"));
    Interval interval = new Interval(Lines.stats(1000), Lines.stats(2000));
    assertEquals(
        "No new line for 300 s: the stack has ended, or stands still. Its last figures, of"
            + " 2023-11-14T22:13:22Z:\n\n"
            + Screen.of(interval),
        out.toString(StandardCharsets.UTF_8));
    assertEquals(
        "mos-top: " + file + ": the last line is 300 s old\n",
        err.toString(StandardCharsets.UTF_8));
  }

  /** They have the time that they are of. A collector's script sees that they are old. */
  @Test
  void prometheusOfTheDead() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), Lines.line(2000));
    now = Instant.ofEpochMilli(Lines.stats(4999).timeMillis());
    assertEquals(0, run(file, "--prometheus"));
    now = now.plusMillis(1);
    assertEquals(1, run(file, "--prometheus"));
    assertEquals(
        PrometheusText.of(Lines.stats(2000)).repeat(2), out.toString(StandardCharsets.UTF_8));
    assertTrue(
        out.toString(StandardCharsets.UTF_8)
            .contains("\nmos_snapshot_timestamp_seconds 1700000002.000\n"));
  }

  @Test
  void noFile() {
    Path file = folder.resolve("none");
    assertEquals(2, run(file, "--once"));
    assertEquals(
        "mos-top: "
            + file
            + ": no such file; is the stack running, with stats_json in its mos.conf?\n",
        err.toString(StandardCharsets.UTF_8));
    assertEquals(2, run(folder));
  }

  @Test
  void aFileWithoutFigures() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), "hello\n");
    assertEquals(1, run(file, "--once"));
    assertEquals(
        "mos-top: " + file + ": holds no line of a stack's figures\n",
        err.toString(StandardCharsets.UTF_8));
  }

  /** What ends it stays to be read: the terminal shows its usual screen again by then. */
  @Test
  void anErrorOnATerminal() throws IOException {
    Path file = Files.writeString(folder.resolve("stats.json"), Lines.line(2000));
    InstantSource clock =
        () -> {
          assertTrue(file.toFile().delete(), "looked at twice"); // when its first line is read
          return now;
        };
    PrintStream both = stream(out);
    assertEquals(
        1, new CommandLine(new MosTop(both, both, clock, () -> true)).execute(file.toString()));
    String shown = out.toString(StandardCharsets.UTF_8);
    assertTrue(shown.startsWith("\u001b[?1049h"), shown);
    String last = shown.substring(shown.indexOf("\u001b[?25h\u001b[?1049l"));
    assertTrue(
        last.startsWith("\u001b[?25h\u001b[?1049lmos-top: " + file + ": can't be read: "), last);
    assertEquals(1, last.lines().count(), last);
  }

  /** The help fits into 80 columns as written, and names everything. */
  @Test
  void help() {
    String help =
        new CommandLine(new MosTop(stream(out), stream(err), () -> now, () -> false))
            .getUsageMessage();
    for (String word : List.of("FILE", "--once", "--prometheus", "--help", "130", "busy %:")) {
      assertTrue(help.contains(word), word + " in " + help);
    }
    assertTrue(
        help.contains("Of all: 2 wrong command line or no such file, 130 after Ctrl-C.\n"), help);
  }
}
