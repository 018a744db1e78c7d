package org.mosstack.epserver;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.mosstack.config.ConfigException;
import org.mosstack.config.ConfigKey;
import org.mosstack.config.KeyTable;
import org.mosstack.config.KeyValueConfig;
import org.mosstack.config.Range;
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
  /** The keys of the file. */
  static final KeyTable KEYS = new KeyTable();

  private static final ConfigKey<String> WWW_MAIN =
      KEYS.add(ConfigKey.text("www_main", "a folder").required());
  private static final ConfigKey<Integer> CORE_LIMIT =
      KEYS.add(
          ConfigKey.number("core_limit", Range.of("cores at most", 1, 1 << 16).or(0, "for all"))
              .otherwise(0));
  private static final ConfigKey<Boolean> DOT_FILES =
      KEYS.add(ConfigKey.yesNo("dot_files").otherwise(false));
  private static final ConfigKey<String> USER =
      KEYS.add(ConfigKey.text("user", "the name of a user of this machine"));

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException a core limit that the key doesn't allow
   */
  public EpserverConfig {
    Objects.requireNonNull(wwwMain, "wwwMain");
    Objects.requireNonNull(user, "user");
    CORE_LIMIT.require(coreLimit);
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
    KeyValueConfig keys = KeyValueConfig.load(file, KEYS);
    Optional<ProcessUser> user = keys.find(USER).map(name -> user(keys, name));
    String given = keys.get(WWW_MAIN);
    Path beside = file.toAbsolutePath().resolveSibling(given).normalize();
    Path here = Path.of(given).toAbsolutePath().normalize();
    for (Path folder : new Path[] {beside, here}) {
      if (Files.isDirectory(folder)) {
        return new EpserverConfig(folder, keys.get(CORE_LIMIT), keys.get(DOT_FILES), user);
      }
    }
    throw keys.conflict(
        WWW_MAIN,
        beside.equals(here)
            ? "there is no folder " + here
            : "there is no folder " + beside + ", nor " + here);
  }

  private static ProcessUser user(KeyValueConfig keys, String name) {
    return ProcessUser.find(name).orElseThrow(() -> keys.error(USER, USER.allowed()));
  }
}
