package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyValueConfigTest {
  private static final Set<String> KEYS =
      Set.of("url", "dest_port", "total_flows", "total_concurrency", "core_limit", "keep_alive");

  @Test
  void loadsTheOriginalEpserverConf() {
    KeyValueConfig config =
        KeyValueConfig.load(
            MosConfigTest.ORIGINAL.resolve("epserver/epserver.conf"),
            Set.of("www_main", "core_limit"));
    assertEquals("www", config.requiredString("www_main"));
    assertEquals(4, config.intValue("core_limit", 1, 1024, 1));
  }

  @Test
  void loadsTheOriginalEpwgetConf() {
    Path path = MosConfigTest.ORIGINAL.resolve("epwget/epwget.conf");
    KeyValueConfig config = KeyValueConfig.load(path, KEYS);
    assertEquals("10.0.0.4/index-8192.html", config.requiredString("url"));
    assertEquals(80, config.intValue("dest_port", 1, 65535, 8080));
    assertEquals(100_000_000, config.longValue("total_flows", 1, Long.MAX_VALUE, 1));
    assertEquals(4000, config.intValue("total_concurrency", 1, 1_000_000, 1));
    assertEquals(4, config.intValue("core_limit", 1, 1024, 1));
    assertFalse(config.bool("keep_alive", false));
    assertEquals(Optional.empty(), config.string("keep_alive"));
  }

  @Test
  void takesBlanksCommentsAndByteOrderMarks() {
    KeyValueConfig config =
        parse("\uFEFF# comment\r\n\r\n\turl=http://a/b?c=d # all of it\r\n  core_limit\t=\t0x10");
    assertEquals("http://a/b?c=d", config.requiredString("url"));
    assertEquals(16, config.intValue("core_limit", 1, 16, 1));
  }

  @Test
  void whatWasNotGivenHasItsDefault() {
    KeyValueConfig config = parse("");
    assertEquals(7, config.intValue("core_limit", 1, 16, 7));
    assertEquals(8L, config.longValue("total_flows", 1, 16, 8));
    assertTrue(config.bool("keep_alive", true));
    assertEquals(Optional.empty(), config.string("url"));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "true, true", "yes, true", "0, false", "false, false", "no, false"})
  void switches(String text, boolean on) {
    assertEquals(on, parse("keep_alive = " + text).bool("keep_alive", !on));
  }

  @Test
  void refusesWhatItsGettersDoNotAllow() {
    KeyValueConfig config =
        parse("core_limit = 0\ndest_port = http\n\nkeep_alive = on\ntotal_flows = 1e6\n");
    assertError(
        "app.conf:1: core_limit: read \"0\", allowed: a whole number from 1 to 64",
        () -> config.intValue("core_limit", 1, 64, 1));
    assertError(
        "app.conf:2: dest_port: read \"http\", allowed: a whole number from 1 to 65535",
        () -> config.intValue("dest_port", 1, 65535, 80));
    assertError(
        "app.conf:4: keep_alive: read \"on\", allowed: 0 or 1, false or true, no or yes",
        () -> config.bool("keep_alive", false));
    assertError(
        "app.conf:5: total_flows: read \"1e6\", allowed: a whole number from 1 to 10",
        () -> config.longValue("total_flows", 1, 10, 1));
    assertError(
        "app.conf:5: url: read \"end of file\", allowed: a line url = <value>",
        () -> config.requiredString("url"));
    assertEquals(
        "app.conf:2: dest_port: read \"http\", allowed: a port",
        config.error("dest_port", "a port").getMessage());
  }

  @Test
  void refusesWhatIsNoKeyAndValue() {
    assertError(
        "app.conf:2: file: read \"core_limits\", allowed: the keys core_limit, dest_port,"
            + " keep_alive, total_concurrency, total_flows, url; did you mean core_limit?",
        () -> parse("url = x\ncore_limits = 4"));
    assertError(
        "app.conf:1: file: read \"www_main\", allowed: the keys core_limit, dest_port,"
            + " keep_alive, total_concurrency, total_flows, url",
        () -> parse("www_main = www"));
    assertError(
        "app.conf:3: url: read \"b\", allowed: url once; it was given in line 1",
        () -> parse("url = a\n\nurl = b"));
    assertError(
        "app.conf:1: url: read \"\", allowed: a value after the =", () -> parse("url =  # none"));
    assertError(
        "app.conf:1: file: read \"url\", allowed: key = value, with one of the keys core_limit,"
            + " dest_port, keep_alive, total_concurrency, total_flows, url",
        () -> parse("url"));
    assertError(
        "app.conf:2: file: read \"{\", allowed: key = value lines without blocks",
        () -> parse("url = a\n{\n}"));
  }

  @Test
  void askingForAnUndeclaredKeyIsTheProgramsMistake() {
    assertThrows(IllegalArgumentException.class, () -> parse("").string("www_main"));
  }

  private static KeyValueConfig parse(String text) {
    return KeyValueConfig.parse("app.conf", text, KEYS);
  }

  private static void assertError(String message, Executable read) {
    assertEquals(message, assertThrows(ConfigException.class, read).getMessage());
  }
}
