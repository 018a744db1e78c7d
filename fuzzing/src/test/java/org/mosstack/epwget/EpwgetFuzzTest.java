package org.mosstack.epwget;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.mosstack.config.ConfigCheck;
import org.mosstack.config.ConfigException;

/** epwget's input: its configuration, and a URL. No name is looked up. */
class EpwgetFuzzTest {
  @FuzzTest
  void configuration(byte[] input) throws IOException {
    String text = "url = 10.0.0.1/a\n" + new String(input, StandardCharsets.ISO_8859_1);
    Path file = Files.createTempFile("fuzz", ".conf");
    try {
      Files.writeString(file, text);
      EpwgetConfig config = EpwgetConfig.load(file);
      assertTrue(config.totalFlows() >= 1 && config.coreLimit() >= 0, config.toString());
    } catch (ConfigException e) {
      ConfigCheck.check(e, file.toString(), text);
    } finally {
      Files.delete(file);
    }
  }

  @FuzzTest
  void url(byte[] input) {
    String text = new String(input, StandardCharsets.UTF_8);
    // Whatever follows, the host is an address, so that no name is looked up.
    for (String url : new String[] {"http://10.0.0.1" + text, "10.0.0.1:" + text}) {
      if (!looksUpAName(url)) {
        parse(url);
      }
    }
  }

  private static boolean looksUpAName(String url) {
    String rest = url.startsWith("http://") ? url.substring(7) : url;
    String host = rest.split("[/?:]", 2)[0];
    return !host.equals("10.0.0.1");
  }

  private static void parse(String url) {
    try {
      HttpTarget target = HttpTarget.parse(url, 80);
      assertTrue(target.path().startsWith("/"), target.path());
      assertTrue(target.path().chars().allMatch(c -> c > ' ' && c < 0x7f), target.path());
      int port = target.address().getPort();
      assertTrue(port >= 1 && port <= 65_535, "port " + port);
    } catch (IllegalArgumentException e) {
      assertTrue(e.getMessage().startsWith("url: read \""), e.getMessage());
    }
  }
}
