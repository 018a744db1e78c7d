package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** {@code mos.conf}: whole files, and lines in an otherwise valid file. */
class MosConfFuzzTest {
  private static final String NAME = "mos.conf";

  @FuzzTest
  void file(byte[] input) {
    parse(new String(input, StandardCharsets.UTF_8));
  }

  /** The first byte determines where the rest goes: into the tables, or among the keys. */
  @FuzzTest
  void lines(byte[] input) {
    int where = input.length == 0 ? 0 : input[0] & 3;
    String lines = new String(input, StandardCharsets.UTF_8).substring(input.length == 0 ? 0 : 1);
    parse(
        """
        application {
          type = end
          run = epserver
          %s
        }
        mos {
          %s
          netdev {
            dpdk0 0x1 10.0.0.1/24 wire=w
            %s
          }
          arp_table {
            %s
          }
          route_table {
            0.0.0.0/0 dpdk0 via 10.0.0.254
            %s
          }
        }
        """
            .formatted(
                where == 0 ? lines : "",
                where == 1 ? lines : "",
                where == 2 ? lines : "",
                where == 3 ? lines : "",
                where == 3 ? lines.replace(' ', '\t') : ""));
  }

  private static void parse(String text) {
    try {
      MosConfig config = MosConfig.parse(NAME, text);
      assertEquals(config, MosConfig.parse(NAME, text), "read twice, it says two things");
      assertTrue(
          config.get(MosKeys.MAX_CONCURRENCY) >= 1 && config.get(MosKeys.MAX_NUM_BUFFERS) >= 1,
          config.toString());
      assertTrue(
          config.get(MosKeys.RMEM_SIZE) >= 2048 && config.get(MosKeys.WMEM_SIZE) >= 2048,
          config.toString());
      cores(config);
    } catch (ConfigException e) {
      ConfigCheck.check(e, NAME, text);
    }
  }

  private static void cores(MosConfig config) {
    CoreMask cores = config.requireCores(8, 8, true);
    assertTrue(!cores.isEmpty(), "no core to run on");
    assertTrue(config.netdevs().stream().allMatch(d -> d.cores().isSubsetOf(cores)), "a device's");
  }
}
