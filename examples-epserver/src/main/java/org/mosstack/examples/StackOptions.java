package org.mosstack.examples;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mosstack.config.ConfigException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of a command line that say how its stack starts. */
public final class StackOptions {
  private static final Path DEFAULT_MOS_CONF = Path.of("conf", "mos.conf");

  private final String program;
  private final String end;

  @Option(
      names = {"-f", "--mos-conf"},
      paramLabel = "FILE",
      description = "The stack's configuration; default: conf/mos.conf.")
  private Path mosConf;

  @Option(
      names = "--allow-oversubscribe",
      description = "Start even if the core mask names more cores than there are; unpinned.")
  private boolean allowOversubscribe;

  @Mixin private final CaptureOptions capture = new CaptureOptions();

  /**
   * Options without values yet.
   *
   * @param program the program's name, which its own configuration file has too
   * @param end which end of conf/memif shows the two files: {@code server} or {@code client}
   */
  public StackOptions(String program, String end) {
    this.program = program;
    this.end = end;
  }

  /**
   * The program's own configuration.
   *
   * @param given what {@code -c} names; null if it wasn't given: the default one
   * @throws ConfigException if it wasn't given, and the default one isn't there
   */
  public Path programConf(Path given) {
    return given != null ? given : present(Path.of("conf", program + ".conf"), "-c");
  }

  /**
   * The stack's configuration.
   *
   * @throws ConfigException if none was given, and the default one isn't there
   */
  public Path mosConf() {
    return mosConf != null ? mosConf : present(DEFAULT_MOS_CONF, "-f");
  }

  /** Whether more loops than CPUs may be started. */
  public boolean allowOversubscribe() {
    return allowOversubscribe;
  }

  /**
   * What of the stack's packets is captured.
   *
   * @param err receives lines about the capture
   * @throws ConfigException if there is something wrong with the options
   */
  public CaptureOptions.Prepared capture(PrintStream err) {
    return capture.prepare(program, err);
  }

  private Path present(Path file, String option) {
    if (Files.exists(file)) {
      return file;
    }
    Path home = Path.of(System.getProperty("mos.home", "")).toAbsolutePath();
    Path here = Path.of("").toAbsolutePath();
    Path folder = (home.equals(here) ? Path.of("") : home).resolve("conf/memif").resolve(end);
    throw new ConfigException(
        "there is no "
            + file
            + " here, and no "
            + option
            + " that names another: try -f "
            + folder.resolve("mos.conf")
            + " -c "
            + folder.resolve(program + ".conf")
            + ", or bin/demo, which needs neither");
  }
}
