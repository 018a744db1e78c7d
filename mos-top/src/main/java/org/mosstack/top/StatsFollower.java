package org.mosstack.top;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.stats.StackStats;

/**
 * Reads what a stack adds to its file. It starts near the file's end, and again at the beginning
 * when the file was recreated.
 */
final class StatsFollower {
  /** Enough for several lines of a stack of hundreds of cores. */
  static final int TAIL_BYTES = 4 << 20;

  private final Path path;
  private final StatsLine lines = new StatsLine();
  private final ByteArrayOutputStream partial = new ByteArrayOutputStream();
  private long position;
  private boolean started;

  StatsFollower(Path path) {
    this.path = path;
  }

  /**
   * Reads what has been added since the last call; the first call reads the end of what is there.
   *
   * @return the snapshots, in order; a line without its end is left for the next call
   * @throws IOException when the file can't be read
   */
  List<StackStats> read() throws IOException {
    List<StackStats> found = new ArrayList<>();
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      long size = file.length();
      if (!started) {
        started = true;
        position = Math.max(0, size - TAIL_BYTES); // a line cut in two doesn't parse: skipped
      } else if (size < position) {
        position = 0;
        partial.reset();
      }
      file.seek(position);
      byte[] bytes = new byte[(int) Math.min(size - position, TAIL_BYTES)];
      file.readFully(bytes);
      position += bytes.length;
      for (byte b : bytes) {
        if (b == '\n') {
          lines.parse(partial.toString(StandardCharsets.UTF_8)).ifPresent(found::add);
          partial.reset();
        } else {
          partial.write(b);
        }
      }
    }
    return found;
  }
}
