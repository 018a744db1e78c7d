package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.ConfigException;
import org.mosstack.config.ConfigKey;

class EpwgetConfigTest {
  @TempDir private Path folder;

  /** The keys and layout of the original's file: tabs, comments, blank lines, no keep_alive. */
  @Test
  void loadsTheOriginalsFile() throws IOException {
    EpwgetConfig config =
        load(
            """
            # the address and the file to fetch
            url = 10.0.0.4/index-8192.html
            dest_port\t=\t80

            total_flows = 10000000   # in all
            #total_flows = 100000
            total_concurrency = 8000
            core_limit = 8
            """);
    assertEquals("10.0.0.4", config.target().host());
    assertEquals("/10.0.0.4:80", config.target().address().toString());
    assertEquals("/index-8192.html", config.target().path());
    assertEquals("10.0.0.4", config.target().hostHeader());
    assertEquals(10_000_000, config.totalFlows());
    assertEquals(8000, config.totalConcurrency());
    assertEquals(8, config.coreLimit());
    assertFalse(config.keepAlive());
  }

  @Test
  void loadsTheFileThatTheOriginalShips() {
    EpwgetConfig config =
        EpwgetConfig.load(Path.of("..", "conf", "original", "epwget", "epwget.conf"));
    assertEquals("/10.0.0.4:80", config.target().address().toString());
    assertEquals(4000, config.totalConcurrency());
    assertEquals(4, config.coreLimit());
  }

  @Test
  void needsOnlyUrlAndFlows() throws IOException {
    EpwgetConfig config = load("url = http://10.0.0.4:8080\ntotal_flows = 7\n");
    assertEquals(8080, config.target().address().getPort());
    assertEquals("10.0.0.4:8080", config.target().hostHeader());
    assertEquals("/", config.target().path());
    assertEquals(0, config.totalConcurrency());
    assertEquals(0, config.coreLimit());
  }

  @Test
  void takesDestPortAndKeepAlive() throws IOException {
    EpwgetConfig config =
        load("url = HTTP://10.0.0.4?a=b\ntotal_flows = 7\ndest_port = 81\nkeep_alive = 1\n");
    assertEquals(81, config.target().address().getPort());
    assertEquals("/?a=b", config.target().path());
    assertTrue(config.keepAlive());
    assertEquals(81, config.withUrl("10.0.0.5/x").target().address().getPort());
    assertEquals(82, config.withUrl("10.0.0.5:82/x").target().address().getPort());
  }

  @Test
  void resolvesNames() throws IOException {
    EpwgetConfig config = load("url = localhost/x\ntotal_flows = 1\n");
    assertEquals("localhost/127.0.0.1:80", config.target().address().toString());
    assertEquals("localhost", config.target().hostHeader());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "url = https://10.0.0.4/;1;no scheme but http://",
        "url = 10.0.0.4/a b;1;visible ASCII",
        "url = 10.0.0.4:0/;1;a port from 1 to 65535",
        "url = 10.0.0.4:http/;1;a port from 1 to 65535",
        "url = user@10.0.0.4/;1;no user",
        "url = [::1]/;1;no IPv6",
        "url = /index.html;1;[http://]host",
        "url = no-such-host.invalid/;1;name that resolves",
        "total_flows = 0;2;requests, 1 to 999999999999999",
        "total_flows = many;2;requests, 1 to",
        "total_concurrency = -1;3;requests at once, 1 to 16777216, or 0 for 100 on each core",
        "core_limit = 70000;3;cores at most, 1 to 65536, or 0 for all",
        "dest_port = 65536;3;a port, 1 to 65535, or 0 for 80",
        "keep_alive = maybe;3;0 or 1",
        "flows = 9;3;total_flows",
      })
  void saysWhatIsWrongAndWhere(String wrong, int line, String allowed) {
    String text =
        (line == 1 ? wrong : "url = 10.0.0.4/")
            + "\n"
            + (line == 2 ? wrong : "total_flows = 1")
            + "\n"
            + (line == 3 ? wrong + "\n" : "");
    ConfigException e = assertThrows(ConfigException.class, () -> load(text));
    assertTrue(e.getMessage().contains("epwget.conf:" + line + ": "), e.getMessage());
    assertTrue(e.getMessage().contains(allowed), e.getMessage());
  }

  @Test
  void refusesTwoPorts() {
    ConfigException e =
        assertThrows(
            ConfigException.class,
            () -> load("url = 10.0.0.4:81/\ntotal_flows = 1\ndest_port = 80\n"));
    assertTrue(
        e.getMessage().contains(":3: dest_port: read \"80\", but the url gives port 81"),
        e.getMessage());
  }

  @Test
  void asksForWhatIsMissing() {
    ConfigException noUrl = assertThrows(ConfigException.class, () -> load("total_flows = 1\n"));
    assertTrue(
        noUrl
            .getMessage()
            .endsWith(
                "epwget.conf:1: file: the key url is missing, allowed:"
                    + " [http://]<host>[:<port>][/<path>]"),
        noUrl.getMessage());
    ConfigException e = assertThrows(ConfigException.class, () -> load("url = 10.0.0.4/\n"));
    assertTrue(e.getMessage().contains("total_flows"), e.getMessage());
  }

  private EpwgetConfig load(String text) throws IOException {
    return EpwgetConfig.load(Files.writeString(folder.resolve("epwget.conf"), text));
  }

  /** The rows of the page say what the keys say. */
  @Test
  void thePageHasEveryKey() throws IOException {
    String page = Files.readString(Path.of("../docs/configuration.md")).replace("`", "");
    String section = page.substring(page.indexOf("## epwget.conf"));
    for (ConfigKey<?> key : EpwgetConfig.KEYS.keys()) {
      String row = "\\| " + key + " \\| [^|]+ \\| ";
      String rest = Pattern.quote(key.allowed() + " | " + key.whenAbsent() + " |");
      assertTrue(Pattern.compile(row + rest).matcher(section).find(), () -> row + rest);
    }
  }
}
