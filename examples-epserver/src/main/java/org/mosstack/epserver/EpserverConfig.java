package org.mosstack.epserver;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.mosstack.config.ConfigException;
import org.mosstack.config.KeyValueConfig;
import org.mosstack.os.ProcessUser;

/**
 * An {@code epserver.conf}.
 *
 * @param wwwMain the key {@code www_main}: the folder to serve
 * @param coreLimit the key {@code core_limit}: how many cores serve it, at most; 0 for all
 * @param dotFiles the key {@code dot_files}: whether files and folders whose names begin with a dot
 *     are served
 * @param user the key {@code user}: the user that the process becomes once it listens
 */
public record EpserverConfig(
    Path wwwMain, int coreLimit, boolean dotFiles, Optional<ProcessUser> user) {
  private static final String WWW_MAIN = "www_main";
  private static final String CORE_LIMIT = "core_limit";
  private static final String DOT_FILES = "dot_files";
  private static final String USER = "user";
  private static final int MAX_CORES = 1 << 16;

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException a core limit below 0
   */
  public EpserverConfig {
    Objects.requireNonNull(wwwMain, WWW_MAIN);
    Objects.requireNonNull(user, USER);
    if (coreLimit < 0) {
      throw new IllegalArgumentException(CORE_LIMIT + " is " + coreLimit);
    }
  }

  /**
   * Loads a file. A relative {@code www_main} is looked for beside the file, then in the working
   * directory.
   *
   * @param file in the original's format: lines of {@code key = value}, comments with {@code #}
   * @return what it says, with a folder that exists
   * @throws ConfigException with file and line: the file can't be read, a key is missing or
   *     unknown, a value is none of those allowed, the folder doesn't exist
   */
  public static EpserverConfig load(Path file) {
    KeyValueConfig keys = KeyValueConfig.load(file, Set.of(WWW_MAIN, CORE_LIMIT, DOT_FILES, USER));
    int coreLimit = keys.intValue(CORE_LIMIT, 0, MAX_CORES, 0);
    boolean dotFiles = keys.bool(DOT_FILES, false);
    Optional<ProcessUser> user = keys.string(USER).map(name -> user(keys, name));
    String given = keys.requiredString(WWW_MAIN);
    Path beside = file.toAbsolutePath().resolveSibling(given).normalize();
    Path here = Path.of(given).toAbsolutePath().normalize();
    for (Path folder : new Path[] {beside, here}) {
      if (Files.isDirectory(folder)) {
        return new EpserverConfig(folder, coreLimit, dotFiles, user);
      }
    }
    throw keys.error(
        WWW_MAIN,
        beside.equals(here)
            ? "a folder; there is none at " + here
            : "a folder; there is none at " + beside + ", nor at " + here);
  }

  private static ProcessUser user(KeyValueConfig keys, String name) {
    return ProcessUser.find(name)
        .orElseThrow(() -> keys.error(USER, "the name of a user of this machine"));
  }
}
