package org.mosstack.epserver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.ConfigException;
import org.mosstack.config.ConfigKey;
import org.mosstack.os.ProcessUser;

class EpserverConfigTest {
  private static final Path ORIGINAL = Path.of("../conf/original/epserver/epserver.conf");

  @TempDir Path folder;
  private Path conf;

  @BeforeEach
  void create() throws IOException {
    Files.createDirectory(folder.resolve("www"));
    conf = folder.resolve("epserver.conf");
  }

  private EpserverConfig load(String text) throws IOException {
    Files.writeString(conf, text);
    return EpserverConfig.load(conf);
  }

  private void fails(String text, String message) {
    ConfigException e = assertThrows(ConfigException.class, () -> load(text));
    assertEquals(message, e.getMessage());
  }

  @Test
  void originalFileLoads() throws IOException {
    EpserverConfig config = load(Files.readString(ORIGINAL));
    assertEquals(new EpserverConfig(folder.resolve("www"), 4, false, Optional.empty()), config);
  }

  @Test
  void absoluteFolderAndNoLimit() throws IOException {
    Path www = folder.resolve("www");
    assertEquals(
        new EpserverConfig(www, 0, false, Optional.empty()),
        load("# all cores\nwww_main = " + www + " # here\n"));
  }

  @Test
  void dotFilesAndUser() throws IOException {
    EpserverConfig config = load("www_main = www\ndot_files = 1\nuser = root\n");
    assertTrue(config.dotFiles());
    assertEquals(new ProcessUser("root", 0, 0), config.user().orElseThrow());
    fails(
        "www_main = www\nuser = nobody-of-that-name\n",
        conf
            + ":2: user: read \"nobody-of-that-name\", allowed: the name of a user of this"
            + " machine");
    fails(
        "www_main = www\ndot_files = 2\n",
        conf + ":2: dot_files: read \"2\", allowed: 0 or 1, false or true, no or yes");
  }

  @Test
  void folderOfTheWorkingDirectoryComesSecond() throws IOException {
    Path here = Path.of("src").toAbsolutePath();
    assertEquals(here, load("www_main = src\n").wwwMain());
    Path beside = Files.createDirectory(folder.resolve("src"));
    assertEquals(beside, load("www_main = src\n").wwwMain());
  }

  @Test
  void errorsSayWhereAndWhatIsAllowed() {
    String place = conf.toString();
    fails(
        "core_limit = 2\nwww_main = nothing\n",
        place
            + ":2: www_main: read \"nothing\", but there is no folder "
            + folder.resolve("nothing")
            + ", nor "
            + Path.of("nothing").toAbsolutePath());
    fails(
        "www_main = /nothing/here\n",
        place + ":1: www_main: read \"/nothing/here\", but there is no folder /nothing/here");
    fails(
        "www_main = www\ncore_limit = -1\n",
        place + ":2: core_limit: read \"-1\", allowed: cores at most, 1 to 65536, or 0 for all");
  }

  /** The rows of the page say what the keys say. */
  @Test
  void thePageHasEveryKey() throws IOException {
    String page = Files.readString(Path.of("../docs/configuration.md")).replace("`", "");
    String section = page.substring(page.indexOf("## epserver.conf"));
    for (ConfigKey<?> key : EpserverConfig.KEYS.keys()) {
      String row = "\\| " + key + " \\| [^|]+ \\| ";
      String rest = Pattern.quote(key.allowed() + " | " + key.whenAbsent() + " |");
      assertTrue(Pattern.compile(row + rest).matcher(section).find(), () -> row + rest);
    }
  }
}
