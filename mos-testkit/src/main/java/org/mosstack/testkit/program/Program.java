package org.mosstack.testkit.program;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/**
 * A program that a {@link Testbed} has started. Its output and its errors are read as they come,
 * together. For any thread.
 */
public final class Program implements AutoCloseable {
  private static final Duration TIME_TO_END = Duration.ofSeconds(10);

  /** How much of the output is told when something goes wrong. */
  private static final int LAST_LINES = 30;

  private final String command;
  private final Process process;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>(); // guarded by this
  private Consumer<String> listener = _ -> {}; // guarded by this
  private boolean outputEnded; // guarded by this

  Program(List<String> command, Path folder) throws IOException {
    this.command = String.join(" ", command);
    process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    reader = Thread.ofPlatform().daemon().name(command.getFirst()).start(this::read);
  }

  private void read() {
    try (BufferedReader output = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        add(line);
      }
    } catch (IOException e) {
      add("its output can't be read: " + e);
    }
    endOutput();
  }

  private synchronized void add(String line) {
    lines.add(line);
    listener.accept(line);
    notifyAll();
  }

  private synchronized void endOutput() {
    outputEnded = true;
    notifyAll();
  }

  /** Passes on what it has printed so far, and from now on each line as it comes. */
  public synchronized void passOn(Consumer<String> to) {
    lines.forEach(to);
    listener = to;
  }

  /** Returns its process's number. */
  public long pid() {
    return process.pid();
  }

  /** Returns whether it hasn't ended yet. */
  public boolean isRunning() {
    return process.isAlive();
  }

  /** Returns what it has printed so far. */
  public synchronized List<String> lines() {
    return List.copyOf(lines);
  }

  /**
   * Waits for a line that has a match.
   *
   * @param pattern a regular expression
   * @throws AssertionError if the program ends before, or time is up
   */
  public synchronized void awaitLine(String pattern, Duration limit) throws InterruptedException {
    Pattern compiled = Pattern.compile(pattern);
    long end = System.nanoTime() + limit.toNanos();
    for (int next = 0; ; next++) {
      while (next == lines.size()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (outputEnded || left <= 0) {
          throw new AssertionError(
              describe((outputEnded ? "ended" : limit + " passed") + " without " + pattern));
        }
        wait(left);
      }
      if (compiled.matcher(lines.get(next)).find()) {
        return;
      }
    }
  }

  /**
   * Waits for the end, and returns the exit code: of a signal, 128 and its number.
   *
   * @throws AssertionError if the time is up; the program has been ended then
   */
  public int exitCode(Duration limit) throws InterruptedException {
    if (!process.waitFor(limit)) {
      close();
      throw new AssertionError(describe("still ran after " + limit));
    }
    reader.join(TIME_TO_END); // a process that it has left may hold its output open
    return process.exitValue();
  }

  /**
   * Waits for the end, which is to be a success, and returns what was printed.
   *
   * @throws AssertionError if it isn't, or the time is up
   */
  public String succeed(Duration limit) throws InterruptedException {
    int code = exitCode(limit);
    if (code != 0) {
      throw new AssertionError(describe("exit code " + code));
    }
    return String.join("\n", lines());
  }

  /**
   * Ends it by SIGTERM, and returns the exit code.
   *
   * @throws AssertionError if it hasn't ended after {@link Testbed#SOON}; it has been forced to
   */
  public int end() throws InterruptedException {
    process.toHandle().destroy(); // Process.destroy() would drop what it still prints
    return exitCode(Testbed.SOON);
  }

  /** Ends it by SIGKILL, which it can't prepare for, and returns when it has ended. */
  public void kill() throws InterruptedException {
    process.toHandle().destroyForcibly();
    process.waitFor();
  }

  /** Ends it if it still runs: it is asked to, and ten seconds later forced. */
  @Override
  public void close() {
    process.toHandle().destroy();
    try {
      if (!process.waitFor(TIME_TO_END)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  /** Returns what is to say about it, with the command and the last lines that it printed. */
  public String describe(String what) {
    List<String> all = lines();
    return command
        + ": "
        + what
        + "\n"
        + String.join("\n", all.subList(Math.max(0, all.size() - LAST_LINES), all.size()));
  }
}
