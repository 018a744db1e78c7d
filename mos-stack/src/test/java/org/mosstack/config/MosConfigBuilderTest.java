package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mosstack.header.Ip4Address;

class MosConfigBuilderTest {
  @Test
  void theDefaultsAreAConfiguration() {
    MosConfig config = MosConfig.builder().build();
    assertEquals("end", config.application().type());
    assertEquals("embedded", config.application().name());
    assertEquals(Optional.empty(), config.application().coreMask());
    assertEquals(List.of(), config.netdevs());
    assertEquals(List.of(), config.notes());
    assertEquals(100_000, config.maxConcurrency());
    assertEquals(30, config.tcpTimeoutSeconds());
    assertEquals("cubic", config.tcpCongestion());
    assertFalse(config.tcpPacing());
    assertEquals(CoreMask.range(2), config.requireCores(2, false));
  }

  @Test
  void saysTheSameAsAFile() {
    NetdevConfig wire =
        new NetdevConfig(
            "wire0",
            CoreMask.of(0, 1),
            Optional.of(new Ip4Prefix(Ip4Address.parse("10.0.0.1"), 24)),
            Optional.of(new Driver(Driver.WIRE, "cable")));
    MosConfig built =
        MosConfig.builder()
            .run("demo 'two words'")
            .coreMask(CoreMask.range(70))
            .maxConcurrency(10)
            .maxNumBuffers(20)
            .rmemSize(4096)
            .wmemSize(1 << 30)
            .tcpTwInterval(1)
            .tcpTimeout(5)
            .tcpTimeout(-1)
            .tcpCongestion("bbr")
            .tcpPacing(true)
            .tcpEcn(1)
            .nbMemChannels(1)
            .tcpSynCookies(0)
            .tcpMem(1L << 40)
            .tcpListenerMem(1)
            .tcpZeroWindowTimeout(86_400)
            .tcpFastOpen(1)
            .hugePages(true)
            .mosLog(Path.of("a # b"))
            .statPrint("wire0", "dpdk0")
            .statsJson(Path.of("b # c"))
            .netdev(wire)
            .netdev("dpdk0 0x1")
            .arp("10.0.0.2 02:00:00:00:00:01")
            .route("0.0.0.0/0 wire0 via 10.0.0.2")
            .build();
    MosConfig parsed =
        MosConfig.parse(
            "mos.conf",
            """
            application {
              type = end
              run = demo "two words"
              core_mask = 3F FFFF FFFF FFFF FFFF
            }
            mos {
              max_concurrency = 10
              max_num_buffers = 20
              rmem_size = 4096
              wmem_size = 1073741824
              tcp_tw_interval = 1
              tcp_timeout = -1
              tcp_congestion = bbr
              tcp_pacing = 1
              tcp_ecn = 1
              nb_mem_channels = 1
              tcp_syncookies = 0
              tcp_mem = 1099511627776
              tcp_listener_mem = 1
              tcp_zero_window_timeout = 86400
              tcp_fastopen = 1
              hugepages = 1
              mos_log = a
              stat_print = wire0 dpdk0
              netdev {
                wire0 0x3 10.0.0.1/24 wire=cable
                dpdk0 0x1
              }
              arp_table {
                10.0.0.2 02:00:00:00:00:01
              }
              route_table {
                0.0.0.0/0 wire0 via 10.0.0.2
              }
            }
            """
                .replace(" FFFF", "FFFF"));
    assertEquals(parsed.application(), built.application());
    assertEquals(parsed.netdevs(), built.netdevs());
    assertEquals(parsed.arpTable(), built.arpTable());
    assertEquals(parsed.routeTable(), built.routeTable());
    assertEquals(parsed.statPrint(), built.statPrint());
    assertEquals("bbr", built.tcpCongestion());
    assertEquals(parsed.tcpCongestion(), built.tcpCongestion());
    assertTrue(built.tcpPacing());
    assertEquals(parsed.tcpPacing(), built.tcpPacing());
    assertEquals(new TcpSecurity(0, 1L << 40, 1, 86_400, 1), built.tcpSecurity());
    assertEquals(parsed.tcpSecurity(), built.tcpSecurity());
    assertEquals(Optional.of(true), parsed.hugePages());
    assertEquals(parsed.hugePages(), built.hugePages());
    assertEquals(Optional.of(false), MosConfig.builder().hugePages(false).build().hugePages());
    assertEquals(Path.of("a # b"), built.mosLog().orElseThrow());
    assertEquals(Path.of("b # c"), built.statsJson().orElseThrow());
    assertEquals(
        List.of(10, 20, 4096, 1 << 30, 1, -1, 1, 1),
        List.of(
            built.maxConcurrency(),
            built.maxNumBuffers(),
            built.rmemSize(),
            built.wmemSize(),
            built.tcpTwIntervalSeconds(),
            built.tcpTimeoutSeconds(),
            built.tcpEcn(),
            built.nbMemChannels()));
  }

  @Test
  void isHeldToTheSameRules() {
    assertError(
        "configuration: rmem_size: read \"1\", allowed: bytes per socket, 2048 to 1073741824",
        MosConfig.builder().rmemSize(1));
    assertError(
        "configuration: core_mask: read \"0x0\", allowed: a hexadecimal mask that names at least"
            + " one core, such as 0x1",
        MosConfig.builder().coreMask(CoreMask.of()));
    assertError(
        "configuration: stat_print: read \"dpdk0\", allowed: a device of the netdev block, which"
            + " names none",
        MosConfig.builder().statPrint("dpdk0"));
    assertError(
        "configuration: netdev: read \"dpdk0\", allowed: each device once; this one was given"
            + " before",
        MosConfig.builder().netdev("dpdk0 0x1").netdev("dpdk0 0x1"));
    assertError(
        "configuration: route_table: read \"eth0\", allowed: a device of the netdev block: dpdk0",
        MosConfig.builder().netdev("dpdk0 0x1").route("10.0.0.0/8 eth0"));
    assertError(
        "configuration: run: read \"\", allowed: <application> [<argument>...]",
        MosConfig.builder().run(" "));
  }

  @Test
  void coresAreRequiredWithoutALine() {
    MosConfig config = MosConfig.builder().coreMask(CoreMask.range(4)).build();
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, false));
    assertEquals(
        "configuration: core_mask: read \"0xF\", allowed: cores of this machine, which has 2"
            + " cores, numbers 0 to 1; to start anyway use --allow-oversubscribe: loops then share"
            + " CPUs, unpinned",
        e.getMessage());
  }

  private static void assertError(String message, MosConfigBuilder builder) {
    assertEquals(message, assertThrows(ConfigException.class, builder::build).getMessage());
  }
}
