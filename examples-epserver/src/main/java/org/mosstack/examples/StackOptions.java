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

  /** The project's folder, seen from the working directory; that itself if it isn't known. */
  public static Path home() {
    Path home = Path.of(System.getProperty("mos.home", "")).toAbsolutePath();
    return home.equals(Path.of("").toAbsolutePath()) ? Path.of("") : home;
  }

  /** Whether the stack's configuration was given, or the default one is there. */
  public boolean hasMosConf() {
    return mosConf != null || Files.exists(DEFAULT_MOS_CONF);
  }

  /**
   * Whether the program's own configuration was given, or the default one is there.
   *
   * @param given what {@code -c} names; null if it wasn't given
   */
  public boolean hasProgramConf(Path given) {
    return given != null || Files.exists(defaultProgramConf());
  }

  /**
   * The program's own configuration.
   *
   * @param given what {@code -c} names; null if it wasn't given: the default one
   * @param instead what would do instead, as the end of a sentence; empty for nothing
   * @throws ConfigException if it wasn't given, and the default one isn't there
   */
  public Path programConf(Path given, String instead) {
    if (!hasProgramConf(given)) {
      throw missing(defaultProgramConf(), "-c", "-c " + example(program) + instead);
    }
    return given != null ? given : defaultProgramConf();
  }

  /**
   * The stack's configuration.
   *
   * @param alone whether nothing else is missing that an error should name
   * @throws ConfigException if none was given, and the default one isn't there, or the given one
   *     isn't
   */
  public Path mosConf(boolean alone) {
    if (!hasMosConf()) {
      String both = "-f " + example("mos") + (alone ? "" : " -c " + example(program));
      throw missing(DEFAULT_MOS_CONF, "-f", both + ", or bin/demo, which needs neither");
    }
    if (mosConf != null && Files.notExists(mosConf)) {
      throw new ConfigException("-f: there is no file " + mosConf);
    }
    return mosConf != null ? mosConf : DEFAULT_MOS_CONF;
  }

  private Path defaultProgramConf() {
    return Path.of("conf", program + ".conf");
  }

  private Path example(String name) {
    return home().resolve("conf/memif").resolve(end).resolve(name + ".conf");
  }

  private static ConfigException missing(Path file, String option, String remedy) {
    return new ConfigException(
        "there is no " + file + " here, and no " + option + " that names another: try " + remedy);
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
}
