package org.mosstack.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.os.OutputFiles;
import org.mosstack.os.ReservedFile;
import org.mosstack.stats.StackStats;
import org.mosstack.stats.StatsJson;

/**
 * The file of {@code stats_json}: a line at the start, one each second, and one at the end. They
 * are written by a thread of its own, which only reads counters.
 */
public final class StatsFile {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long shutdown waits for the last line: a file system may hang. */
  private static final long LAST_LINE_MILLIS = 2000;

  private final ReservedFile file;
  private final StatsJson json;
  private final Path path;
  private Supplier<StackStats> stats;
  private Thread thread;
  private volatile boolean stopped;
  private boolean failed;

  private StatsFile(ReservedFile file, StatsJson json, Path path) {
    this.file = file;
    this.json = json;
    this.path = path;
  }

  /**
   * Opens the file, which {@link #start} empties: a start that fails leaves it as it was. Does
   * nothing if the configuration names none.
   *
   * @throws ConfigException if that fails, another stack writes to it, or Jackson is missing
   */
  public static StatsFile open(MosConfig config) {
    Path path = config.find(MosKeys.STATS_JSON).orElse(null);
    return path == null ? new StatsFile(null, null, null) : open(config, path);
  }

  private static StatsFile open(MosConfig config, Path path) {
    StatsJson json;
    try {
      json = new StatsJson();
    } catch (NoClassDefFoundError _) {
      throw config.conflict(
          MosKeys.STATS_JSON,
          "this key needs com.fasterxml.jackson.core:jackson-core on the class path, or on the"
              + " module path with --add-modules com.fasterxml.jackson.core");
    }
    ReservedFile file;
    try {
      file = ReservedFile.open(path);
    } catch (IOException e) {
      throw unwritable(config, path, e);
    }
    try {
      if (file.isRegular()) { // not a terminal or a pipe
        lock(config, file);
      }
      return new StatsFile(file, json, path);
    } catch (IOException e) {
      file.close();
      throw unwritable(config, path, e);
    } catch (ConfigException e) {
      file.close();
      throw e;
    }
  }

  private static ConfigException unwritable(MosConfig config, Path path, IOException e) {
    return config.unwritable(MosKeys.STATS_JSON, path, OutputFiles.reason(e));
  }

  /** Otherwise the lines of two stacks would mix, and each would truncate the other's. */
  private static void lock(MosConfig config, ReservedFile file) throws IOException {
    boolean locked;
    try {
      locked = file.channel().tryLock() != null;
    } catch (OverlappingFileLockException _) {
      locked = false; // within this process
    }
    if (!locked) {
      throw config.conflict(
          MosKeys.STATS_JSON, "another running stack writes this file; each needs its own");
    }
  }

  /** Starts writing what {@code source} supplies. */
  public void start(Supplier<StackStats> source) {
    if (file != null) {
      stats = source;
      thread = Thread.ofPlatform().name("mos-stats-json").daemon().start(this::run);
    }
  }

  /** Stops after a last line; may be called even if it was never started. */
  public void stop() {
    stopped = true;
    if (thread == null) {
      if (file != null) {
        file.close();
      }
      return;
    }
    LockSupport.unpark(thread);
    try {
      thread.join(LAST_LINE_MILLIS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    long last = System.nanoTime();
    empty();
    write();
    while (!stopped) {
      LockSupport.parkNanos(this, last + SECOND_NANOS - System.nanoTime());
      long seconds = (System.nanoTime() - last) / SECOND_NANOS;
      if (!stopped && seconds > 0) {
        last += seconds * SECOND_NANOS; // no drift; missed lines aren't made up for
        write();
      }
    }
    write();
    file.close();
  }

  private void empty() {
    try {
      file.begin();
    } catch (IOException e) {
      lost(e);
    }
  }

  /** A full disk loses lines but stops nothing; the first loss is logged. */
  private void write() {
    String line = json.toLine(stats.get()) + "\n";
    // Terminates a partly written line first, so that this one can be read.
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(failed ? "\n" + line : line);
    try {
      while (bytes.hasRemaining()) {
        file.channel().write(bytes);
      }
    } catch (IOException e) {
      lost(e);
    }
  }

  private void lost(IOException e) {
    if (!failed) {
      failed = true;
      System.getLogger(StatsFile.class.getName())
          .log(
              System.Logger.Level.WARNING,
              MosKeys.STATS_JSON + ": lines are lost: " + path + ": " + e);
    }
  }
}
