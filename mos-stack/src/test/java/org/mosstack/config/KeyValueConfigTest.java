package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KeyValueConfigTest {
  private static final KeyTable KEYS = new KeyTable();
  private static final ConfigKey<String> URL = KEYS.add(ConfigKey.text("url", "a URL"));
  private static final ConfigKey<Integer> PORT =
      KEYS.add(ConfigKey.number("dest_port", Range.of("a port", 1, 65_535)).otherwise(8080));
  private static final ConfigKey<Long> FLOWS =
      KEYS.add(
          ConfigKey.longNumber("total_flows", Range.of("requests", 1, 1L << 40))
              .otherwise(1L << 33));
  private static final ConfigKey<Integer> CONCURRENCY =
      KEYS.add(ConfigKey.number("total_concurrency", Range.of("at once", 1, 4000)).otherwise(1));
  private static final ConfigKey<Integer> LIMIT =
      KEYS.add(ConfigKey.number("core_limit", Range.of("cores", 1, 64).or(-1, "for all")));
  private static final ConfigKey<Boolean> KEEP =
      KEYS.add(ConfigKey.yesNo("keep_alive").otherwise(true));

  @Test
  void loadsTheOriginalEpwgetConf() {
    Path path = MosConfigTest.ORIGINAL.resolve("epwget/epwget.conf");
    KeyValueConfig config = KeyValueConfig.load(path, KEYS);
    assertEquals("10.0.0.4/index-8192.html", config.get(URL));
    assertEquals(80, config.get(PORT));
    assertEquals(100_000_000, config.get(FLOWS));
    assertEquals(4000, config.get(CONCURRENCY));
    assertEquals(4, config.get(LIMIT));
    assertTrue(config.get(KEEP));
  }

  @Test
  void takesBlanksCommentsAndByteOrderMarks() {
    KeyValueConfig config =
        parse("\uFEFF# comment\r\n\r\n\turl=http://a/b?c=d # all of it\r\n  core_limit\t=\t0x10");
    assertEquals("http://a/b?c=d", config.get(URL));
    assertEquals(16, config.get(LIMIT));
  }

  @Test
  void whatWasNotGivenHasItsDefault() {
    KeyValueConfig config = parse("");
    assertEquals(8080, config.get(PORT));
    assertEquals(1L << 33, config.get(FLOWS));
    assertTrue(config.get(KEEP));
    assertEquals(Optional.of(8080), config.find(PORT));
    assertEquals(Optional.empty(), config.find(URL));
    assertThrows(NoSuchElementException.class, () -> config.get(URL));
  }

  @ParameterizedTest
  @CsvSource({"1, true", "true, true", "yes, true", "0, false", "false, false", "no, false"})
  void switches(String text, boolean on) {
    assertEquals(on, parse("keep_alive = " + text).get(KEEP));
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "0x40, 64", "64, 64", "-1, -1"})
  void numbersWithinTheirRangeAndTheSpecialOne(String text, int number) {
    assertEquals(number, parse("core_limit = " + text).get(LIMIT));
  }

  /** 2^32 + 1 would be 1 as an int. */
  @ParameterizedTest
  @CsvSource({"0", "65", "-2", "4294967297", "9999999999999999", "1.5", "''", "- 1"})
  void numbersBeyond(String text) {
    assertError(
        "app.conf:1: core_limit: read \"" + text + "\", allowed: cores, 1 to 64, or -1 for all",
        () -> parse("core_limit = " + text));
  }

  @Test
  void refusesWhatItsKeysDoNotAllow() {
    assertError(
        "app.conf:1: dest_port: read \"http\", allowed: a port, 1 to 65535",
        () -> parse("dest_port = http"));
    assertError(
        "app.conf:2: keep_alive: read \"on\", allowed: 0 or 1, false or true, no or yes",
        () -> parse("\nkeep_alive = on"));
    assertError(
        "app.conf:1: total_flows: read \"1e6\", allowed: requests, 1 to 1099511627776",
        () -> parse("total_flows = 1e6\n"));
    assertError("app.conf:1: url: read \"\", allowed: a URL", () -> parse("url =  # none"));
  }

  @Test
  void refusesWhatIsNoKeyAndValue() {
    String all = "url, dest_port, total_flows, total_concurrency, core_limit, keep_alive";
    assertError(
        "app.conf:2: file: read \"core_limits\", allowed: the keys "
            + all
            + "; did you mean core_limit?",
        () -> parse("url = x\ncore_limits = 4"));
    assertError(
        "app.conf:1: file: read \"www_main\", allowed: the keys " + all,
        () -> parse("www_main = www"));
    assertError(
        "app.conf:3: url: read \"b\", but line 1 gives url already",
        () -> parse("url = a\n\nurl = b"));
    assertError(
        "app.conf:1: file: read \"url\", allowed: key = value, with one of the keys " + all,
        () -> parse("url"));
    assertError(
        "app.conf:2: file: read \"{\", allowed: key = value lines without blocks",
        () -> parse("url = a\n{\n}"));
  }

  @Test
  void asksForWhatIsRequired() {
    KeyTable table = new KeyTable();
    ConfigKey<String> name = table.add(ConfigKey.text("name", "a name").required());
    assertError(
        "app.conf:2: file: the key name is missing, allowed: a name",
        () -> KeyValueConfig.parse("app.conf", "# nothing\n\n", table));
    assertEquals("x", KeyValueConfig.parse("app.conf", "name = x", table).get(name));
  }

  @Test
  void errorsThatTheApplicationFinds() {
    KeyValueConfig config = parse("\ndest_port = 80\n");
    assertEquals(
        "app.conf:2: dest_port: read \"80\", allowed: a port that is free",
        config.error(PORT, "a port that is free").getMessage());
    assertEquals(
        "app.conf:2: dest_port: read \"80\", but it is in use",
        config.conflict(PORT, "it is in use").getMessage());
    assertEquals(
        "app.conf:2: file: the key url is missing, allowed: a URL",
        config.error(URL, URL.allowed()).getMessage());
  }

  @Test
  void aKeyOfAnotherTableIsTheProgramsMistake() {
    ConfigKey<Integer> other = ConfigKey.number("dest_port", Range.of("a port", 1, 9)).otherwise(1);
    assertThrows(IllegalArgumentException.class, () -> parse("").get(other));
    assertThrows(IllegalArgumentException.class, () -> KEYS.add(other));
  }

  @Test
  void valuesOfACommandLineAreCheckedToo() {
    assertEquals(5, LIMIT.require(5));
    assertEquals(-1, LIMIT.require(-1));
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> LIMIT.require(65));
    assertEquals("core_limit: read \"65\", allowed: cores, 1 to 64, or -1 for all", e.getMessage());
    assertFalse(KEEP.require(false));
  }

  /** 2^32 + 5 would be 5. */
  @Test
  void aRangeBeyondIntsIsForLongsOnly() {
    long beyond = (1L << 32) + 5;
    for (Range range :
        List.of(
            Range.of("items", 0, beyond),
            Range.of("items", -beyond, 0),
            Range.of("items", 0, 9).or(beyond, "for all"))) {
      IllegalArgumentException e =
          assertThrows(IllegalArgumentException.class, () -> ConfigKey.number("n", range));
      assertEquals("n: " + range + ": not all of them are ints", e.getMessage());
      assertEquals(range.max(), ConfigKey.longNumber("n", range).require(range.max()));
    }
    ConfigKey.number("n", Range.of("items", Integer.MIN_VALUE, Integer.MAX_VALUE));
  }

  @Test
  void aRangeHasOneSpecialNumber() {
    Range range = Range.of("cores", 1, 64).or(-1, "for all");
    IllegalStateException e = assertThrows(IllegalStateException.class, () -> range.or(0, "no"));
    assertEquals("cores, 1 to 64, or -1 for all: no second special number, 0", e.getMessage());
  }

  private static KeyValueConfig parse(String text) {
    return KeyValueConfig.parse("app.conf", text, KEYS);
  }

  private static void assertError(String message, Executable read) {
    assertEquals(message, assertThrows(ConfigException.class, read).getMessage());
  }
}
