package org.mosstack.top;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StatsFollowerTest {
  @TempDir Path folder;
  private Path file;
  private StatsFollower follower;

  @BeforeEach
  void create() throws IOException {
    file = Files.createFile(folder.resolve("stats.json"));
    follower = new StatsFollower(file);
  }

  private void append(String text) throws IOException {
    Files.writeString(file, text, StandardOpenOption.APPEND);
  }

  /** What was written is read back, as whole lines. */
  @Test
  void readsWhatWasAdded() throws IOException {
    assertEquals(List.of(), follower.read());
    append(Lines.line(1000) + Lines.line(2000));
    assertEquals(List.of(Lines.stats(1000), Lines.stats(2000)), follower.read());
    assertEquals(List.of(), follower.read());
    append(Lines.line(3000));
    assertEquals(List.of(Lines.stats(3000)), follower.read());
  }

  @Test
  void waitsForTheEndOfALine() throws IOException {
    String line = Lines.line(1000);
    append(line.substring(0, 100));
    assertEquals(List.of(), follower.read());
    append(line.substring(100, line.length() - 1));
    assertEquals(List.of(), follower.read());
    append("\n");
    assertEquals(List.of(Lines.stats(1000)), follower.read());
  }

  @Test
  void startsAgainWithANewFile() throws IOException {
    append(Lines.line(1000) + Lines.line(2000) + "{\"half");
    assertEquals(2, follower.read().size());
    Files.writeString(file, Lines.line(0));
    assertEquals(List.of(Lines.stats(0)), follower.read());
  }

  /** A full disk, or somebody else's file. */
  @Test
  void passesOverWhatIsNoLineOfAStack() throws IOException {
    append("{\"timeMillis\":17\n\nhello\n[1]\n{}\n{\"cores\":null}\nnull\n" + Lines.line(1000));
    assertEquals(List.of(Lines.stats(1000)), follower.read());
  }

  /** Figures unknown to this version. */
  @Test
  void passesOverWhatANewerStackAdds() throws IOException {
    append(
        Lines.line(1000)
            .replace("\"counters\":{", "\"weather\":[1],\"counters\":{\"TCP_NEW\":5,")
            .replace("\"application\"", "\"more\":{\"a\":1},\"application\""));
    assertEquals(List.of(Lines.stats(1000)), follower.read());
  }

  @Test
  void readsOnlyTheEndOfALargeFile() throws IOException {
    String line = Lines.line(1000);
    append(line.repeat(StatsFollower.TAIL_BYTES / line.length() + 10) + Lines.line(2000));
    var read = follower.read();
    assertEquals(
        (StatsFollower.TAIL_BYTES - Lines.line(2000).length()) / line.length() + 1, read.size());
    assertEquals(Lines.stats(2000), read.getLast());
  }
}
