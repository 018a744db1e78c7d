package org.mosstack.report;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.BiConsumer;
import org.mosstack.os.OutputFiles;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;
import org.mosstack.stats.DeviceCounters;

/**
 * One core's log file, {@code log_<core>} in the folder {@code mos_log}. Holds rare events: start,
 * end, configuration keys without effect, what handlers threw, the final counts. Without a folder
 * nothing is written. Used by one thread at a time.
 */
public final class CoreLog {
  /** Logs what handlers throw to the system's logger. */
  public static final BiConsumer<String, Throwable> SYSTEM =
      (message, thrown) ->
          System.getLogger(CoreLog.class.getName())
              .log(System.Logger.Level.WARNING, message, thrown);

  private final Writer file;

  private CoreLog(Writer file) {
    this.file = file;
  }

  /** Returns a log that discards everything. */
  public static CoreLog none() {
    return new CoreLog(Writer.nullWriter());
  }

  /**
   * Creates the folder if it is missing, and creates or truncates the core's file.
   *
   * @throws IOException if that fails
   */
  public static CoreLog open(Path folder, int core) throws IOException {
    Files.createDirectories(folder);
    OutputStream file = OutputFiles.stream(folder.resolve("log_" + core));
    return new CoreLog(new BufferedWriter(new OutputStreamWriter(file, StandardCharsets.UTF_8)));
  }

  /** Appends a line with a timestamp. A full disk loses lines but stops nothing. */
  public void write(String line) {
    try {
      file.write(Instant.now().truncatedTo(ChronoUnit.MILLIS) + " " + line + "\n");
      file.flush();
    } catch (IOException _) {
      // nowhere left to report it
    }
  }

  /** Returns a logger that writes to this log, with a stack trace, and to another. */
  public BiConsumer<String, Throwable> and(BiConsumer<String, Throwable> other) {
    return (message, thrown) -> {
      write(message, thrown);
      other.accept(message, thrown);
    };
  }

  /** Appends a line with a timestamp, followed by a stack trace. */
  public void write(String line, Throwable thrown) {
    StringWriter trace = new StringWriter();
    thrown.printStackTrace(new PrintWriter(trace));
    write(line + "\n" + trace.toString().stripTrailing());
  }

  /** Appends a line for each counter that isn't 0. */
  public void writeCounts(Counters counters) {
    for (Counter counter : Counter.values()) {
      if (counters.get(counter) != 0) {
        write(counter + " " + counters.get(counter));
      }
    }
  }

  /** Appends a line with what a core's queue on a device lost, if that is anything. */
  public void writeLost(String device, DeviceCounters counters) {
    if (counters.rxErrors() != 0) {
      write(
          "%s lost on receive: missed %d, no mbuf %d, errors %d"
              .formatted(device, counters.rxMissed(), counters.rxNoMbuf(), counters.rxBad()));
    }
  }

  /** Closes the file. */
  public void close() {
    try {
      file.close();
    } catch (IOException _) {
      // each line was flushed as it was written
    }
  }
}
