package org.mosstack.top;

import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.mosstack.stats.PrometheusText;
import org.mosstack.stats.StackStats;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The command mos-top: shows what a running stack does, every second, until Ctrl-C. */
@Command(
    name = "mos-top",
    description =
        "Shows what a running stack does: rates per core, device and listener, and TCP's counters,"
            + " from the file that stats_json of its mos.conf names.",
    footerHeading = "%n",
    footer = {
      "core      busy %%: time in turns with work; turn p50, p99, max: how long those",
      "          took, the application's handlers included; retr: segments sent again;",
      "          drop: packets dropped, the counters below say why.",
      "device    lost: packets that found no room or no buffer, and damaged frames.",
      "listener  half open, to accept: connections in the SYN and accept queues;",
      "          drop: handshakes that found one of them full.",
      "",
      "Rates are those between the last two lines of the file.",
      "Where the output isn't a terminal, one table follows the other. Ctrl-C ends it.",
      "A stack writes each second: if the last line is 3 s old, it has ended.",
      "Exit codes of --once and --prometheus: 0 shown, 1 old figures, or none.",
      "Of all: 2 wrong command line or no such file, 130 after Ctrl-C."
    },
    mixinStandardHelpOptions = true,
    version = "mos-top 0.1",
    sortOptions = false,
    usageHelpAutoWidth = true)
final class MosTop implements Callable<Integer> {
  private static final int OK = 0;
  private static final int FAILED = 1;
  private static final int USAGE = 2;
  private static final long LOOK_MILLIS = 250;

  /** A stack writes every second: after three without a line, it is gone. */
  private static final Duration SILENCE = Duration.ofSeconds(3);

  /** Lines that are kept: what rates need. */
  private static final int HISTORY = 8;

  private static final String ALTERNATE_SCREEN = "\u001b[?1049h\u001b[?25l";
  private static final String NORMAL_SCREEN = "\u001b[?25h\u001b[?1049l";
  private static final String HOME = "\u001b[H";
  private static final String CLEAR_TO_LINE_END = "\u001b[K";
  private static final String CLEAR_BELOW = "\u001b[J";

  private final PrintStream out;
  private final PrintStream err;
  private final InstantSource clock;
  private final BooleanSupplier terminal;
  private final List<StackStats> history = new ArrayList<>();

  @Parameters(paramLabel = "FILE", description = "The file of stats_json.")
  private Path file;

  @Option(names = "--once", description = "Show the last second once, and end.")
  private boolean once;

  @Option(
      names = "--prometheus",
      description =
          "Print the last line once in Prometheus' text format, for a textfile collector: counts"
              + " since the stack's start, and the time they were read at.")
  private boolean prometheus;

  /**
   * @param clock the wall clock: lines have the time of their stack's
   * @param terminal whether {@code out} is one
   */
  MosTop(PrintStream out, PrintStream err, InstantSource clock, BooleanSupplier terminal) {
    this.out = out;
    this.err = err;
    this.clock = clock;
    this.terminal = terminal;
  }

  /**
   * Runs the command and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  static void run(String[] args) {
    MosTop command = new MosTop(System.out, System.err, InstantSource.system(), MosTop::isTerminal);
    System.exit(new CommandLine(command).execute(args));
  }

  private static boolean isTerminal() {
    Console console = System.console();
    return console != null && console.isTerminal();
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!Files.exists(file)) {
      return fail(USAGE, "no such file; is the stack running, with stats_json in its mos.conf?");
    }
    if (Files.isDirectory(file)) {
      return fail(USAGE, "a directory; stats_json names a file");
    }
    StatsFollower follower = new StatsFollower(file);
    try {
      if (!once && !prometheus) {
        return follow(follower);
      }
      keep(follower.read());
      if (history.isEmpty()) {
        return fail(FAILED, "holds no line of a stack's figures");
      }
      return showOnce();
    } catch (IOException e) {
      return fail(FAILED, "can't be read: " + e.getMessage());
    }
  }

  /** Shows the last line; an old one isn't shown as if its stack still ran. */
  private int showOnce() {
    boolean old = isOld();
    if (prometheus) {
      out.print(PrometheusText.of(history.getLast()));
    } else {
      out.print((old ? notice() : "") + Screen.of(Interval.last(history)));
    }
    out.flush();
    return old ? fail(FAILED, "the last line is " + age().toSeconds() + " s old") : OK;
  }

  /** The age of the last line, by its stack's clock and this one. */
  private Duration age() {
    return Duration.between(lastTime(), clock.instant());
  }

  private Instant lastTime() {
    return Instant.ofEpochMilli(history.getLast().timeMillis());
  }

  private boolean isOld() {
    return age().compareTo(SILENCE) >= 0;
  }

  /** What stands above the tables when their figures are old, or instead of them. */
  private String notice() {
    if (history.isEmpty()) {
      return "No line of a stack's figures yet.\n";
    }
    return "No new line for "
        + age().toSeconds()
        + " s: the stack has ended, or stands still. Its last figures, of "
        + lastTime().truncatedTo(ChronoUnit.SECONDS)
        + ":\n\n";
  }

  private int fail(int code, String why) {
    err.println("mos-top: " + file + ": " + why);
    return code;
  }

  private void keep(List<StackStats> more) {
    history.addAll(more);
    history.subList(0, Math.max(0, history.size() - HISTORY)).clear();
  }

  /** Runs until a signal ends the JVM, or the file can no longer be read. */
  private int follow(StatsFollower follower) throws IOException, InterruptedException {
    if (!terminal.getAsBoolean()) {
      return show(follower, false);
    }
    // After Ctrl-C the terminal is as it was; both write whole strings, under the stream's lock.
    Thread restore = new Thread(() -> write(NORMAL_SCREEN), "mos-top-restore");
    Runtime.getRuntime().addShutdownHook(restore);
    write(ALTERNATE_SCREEN);
    try {
      return show(follower, true);
    } finally {
      // Before the error is printed, which else the alternate screen would take with it.
      leaveScreen(restore);
    }
  }

  private void leaveScreen(Thread restore) {
    try {
      Runtime.getRuntime().removeShutdownHook(restore);
      write(NORMAL_SCREEN);
    } catch (IllegalStateException _) {
      // The JVM is ending: the hook does it.
    }
  }

  private int show(StatsFollower follower, boolean onScreen)
      throws IOException, InterruptedException {
    boolean told = false;
    while (true) {
      List<StackStats> more = follower.read();
      keep(more);
      boolean silent = history.isEmpty() || isOld();
      // A terminal shows how the silence grows; for a log, one notice is enough.
      if (silent ? onScreen || !told : !more.isEmpty()) {
        String tables = history.isEmpty() ? "" : Screen.of(Interval.last(history));
        frame((silent ? notice() : "") + tables, onScreen);
      }
      told = silent;
      TimeUnit.MILLISECONDS.sleep(LOOK_MILLIS);
    }
  }

  private void frame(String text, boolean onScreen) {
    if (onScreen) {
      String lines = text.replace("\n", CLEAR_TO_LINE_END + "\r\n");
      write(HOME + lines + CLEAR_BELOW);
    } else {
      write(text + "\n");
    }
  }

  private void write(String text) {
    out.print(text);
    out.flush();
  }
}
