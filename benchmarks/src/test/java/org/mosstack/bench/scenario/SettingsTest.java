package org.mosstack.bench.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.config.MosConfig;

/** What scenarios take from names, options and the machine. */
class SettingsTest {
  @Test
  void withoutANameAllButTheLastFiveAreMeasured() {
    List<ScenarioName> all = List.of(ScenarioName.values());
    assertEquals(all.subList(0, all.size() - 5), ScenarioName.usual(false));
    assertEquals(
        all.stream().limit(all.size() - 5L).filter(name -> name != ScenarioName.LARGE).toList(),
        ScenarioName.usual(true));
  }

  @Test
  void aScenarioIsFoundByItsNameOnly() {
    assertEquals(ScenarioName.MACRO, ScenarioName.of("macro"));
    assertThrows(IllegalArgumentException.class, () -> ScenarioName.of("Macro"));
  }

  @Test
  void runsAreThoseOfTheScenarioUnlessGiven() {
    assertEquals(5, new Options(false, null, 10).runs(5, 1));
    assertEquals(1, new Options(true, null, 10).runs(5, 1));
    assertEquals(3, new Options(true, 3, 10).runs(5, 1));
  }

  @Test
  void aProgramIsLookedForInEachFolder(@TempDir Path folder) throws IOException {
    Path bin = Files.createDirectory(folder.resolve("bin"));
    String searchPath = folder + ":" + bin;
    assertFalse(Need.WRK.isMet(searchPath));
    Path wrk = Files.createFile(bin.resolve("wrk"));
    assertFalse(Need.WRK.isMet(searchPath), "it can't be executed");
    assertTrue(wrk.toFile().setExecutable(true));
    assertTrue(Need.WRK.isMet(searchPath));
    assertEquals("wrk is missing: apt-get install wrk", Need.WRK.whatToDo());
  }

  @Test
  void theHardLimitOfOpenFilesCounts() {
    assertEquals(
        524_288,
        OpenScenario.hardLimit(
            """
            Limit                     Soft Limit           Hard Limit           Units
            Max processes             63432                63432                processes
            Max open files            1024                 524288               files
            """));
  }

  @Test
  void epserversStackHasASocketAndLogsOfTheRun() throws IOException {
    for (String end : List.of("server", "client")) {
      Path file = Path.of("..", "conf/memif", end, "mos.conf");
      String conf =
          StackServer.stackConf(Files.readString(file), "/tmp/run/memif.sock", "/tmp/run/logs");
      assertTrue(conf.contains("id=0,socket=/tmp/run/memif.sock\n"), conf);
      assertTrue(conf.contains("\tmos_log = /tmp/run/logs\n"), conf);
      assertFalse(conf.contains("stat_print"), conf);
      assertEquals(1, MosConfig.parse("mos.conf", conf).netdevs().size());
    }
  }
}
