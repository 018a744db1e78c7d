package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.header.Ip4Address;
import org.mosstack.header.MacAddress;

class MosConfigTest {
  /** The original's files; tests run in their module's directory. */
  static final Path ORIGINAL = Path.of("..", "conf", "original");

  private static final String EVERYTHING =
      """
      # every key and every table
      application {
        type = end
        run = epserver -v "two words" '' # quoted
        cpu_mask = f
        ip_forward = 1
      }

      mos {
        max_concurrency = 0x1000
        rmem_size = 65536
        wmem_size = 2048
        tcp_tw_interval = 60
        tcp_timeout = -1
        no_ring_buffers = 0
        nb_mem_channels = 2
        hugepages = 0
        forward = 0
        multiprocess = 3 master
        stat_print = nic0 wire0
        mos_log = /var/log/mos dir
        route_table {
          0.0.0.0/0 nic0 via 10.0.0.254
          10.2.3.4/16 wire0
        }
        arp_table {
          10.0.0.2 00:1B:21:3c:9d:f8
          10.0.9.0/24 2:0:0:0:0:1
        }
        netdev {
          nic0 0x3 10.0.0.4/24 pci=0000:03:00.0,txq=1,mtu=9000
          wire0 c 10.1.0.1/16 wire=cable-1
          mem0 0xF net_memif=role=server,id=0
          dpdk3 01
        }
        nic_forward_table {
          nic0 wire0
        }
        stats_json = /run/mos/stats dir/a.json
        tcp_congestion = newreno
        tcp_pacing = 1
        tcp_syncookies = 2
        tcp_mem = 0x400000000
        tcp_listener_mem = 50
        tcp_zero_window_timeout = 5
        tcp_fastopen = 3
      }
      """;

  @ParameterizedTest
  @ValueSource(strings = {"epwget", "epserver"})
  void loadsTheOriginalFiles(String application) {
    MosConfig config = MosConfig.load(ORIGINAL.resolve(application).resolve("mos.conf"));
    CoreMask eight = CoreMask.range(8);
    assertEquals(
        new Application("end", application, List.of(), Optional.of(eight), false),
        config.application());
    assertEquals(100_000, config.maxConcurrency());
    assertEquals(100_000, config.maxNumBuffers());
    assertEquals(8192, config.rmemSize());
    assertEquals(8192, config.wmemSize());
    assertEquals(0, config.tcpTwIntervalSeconds());
    assertEquals(30, config.tcpTimeoutSeconds());
    assertEquals("cubic", config.tcpCongestion());
    assertEquals(false, config.tcpPacing());
    assertEquals(4, config.nbMemChannels());
    assertEquals(new TcpSecurity(1, 0, 100, 60, 0), config.tcpSecurity());
    assertEquals(Optional.empty(), config.hugePages());
    assertEquals(Optional.of(Path.of("logs")), config.mosLog());
    assertEquals(List.of("dpdk0"), config.statPrint());
    assertEquals(Optional.empty(), config.statsJson());
    assertEquals(Optional.empty(), config.multiprocess());
    assertEquals(
        List.of(new NetdevConfig("dpdk0", eight, Optional.empty(), Optional.empty())),
        config.netdevs());
    assertEquals(List.of(), config.arpTable());
    assertEquals(List.of(), config.routeTable());
    assertEquals(
        List.of(
            ORIGINAL.resolve(application).resolve("mos.conf")
                + ":9: no_ring_buffers has no effect: applications of type end always have"
                + " buffers"),
        config.notes());
  }

  @Test
  void readsEveryKeyAndTable() {
    MosConfig config = MosConfig.parse("mos.conf", EVERYTHING);
    assertEquals(
        new Application(
            "end",
            "epserver",
            List.of("-v", "two words", ""),
            Optional.of(CoreMask.range(4)),
            true),
        config.application());
    assertEquals(4096, config.maxConcurrency());
    assertEquals("newreno", config.tcpCongestion());
    assertEquals(true, config.tcpPacing());
    assertEquals(4096, config.maxNumBuffers());
    assertEquals(65536, config.rmemSize());
    assertEquals(2048, config.wmemSize());
    assertEquals(60, config.tcpTwIntervalSeconds());
    assertEquals(-1, config.tcpTimeoutSeconds());
    assertEquals(2, config.nbMemChannels());
    assertEquals(new TcpSecurity(2, 1L << 34, 50, 5, 3), config.tcpSecurity());
    assertEquals(Optional.of(false), config.hugePages());
    assertEquals(Optional.of(Path.of("/var/log/mos dir")), config.mosLog());
    assertEquals(List.of("nic0", "wire0"), config.statPrint());
    assertEquals(Optional.of(Path.of("/run/mos/stats dir/a.json")), config.statsJson());
    assertEquals(Optional.of(new Multiprocess(3, true)), config.multiprocess());
    assertEquals(
        List.of(
            new NetdevConfig(
                "nic0",
                CoreMask.of(0, 1),
                Optional.of(new Ip4Prefix(Ip4Address.parse("10.0.0.4"), 24)),
                Optional.of(new Driver("pci", "0000:03:00.0,txq=1,mtu=9000"))),
            new NetdevConfig(
                "wire0",
                CoreMask.of(2, 3),
                Optional.of(new Ip4Prefix(Ip4Address.parse("10.1.0.1"), 16)),
                Optional.of(new Driver("wire", "cable-1"))),
            new NetdevConfig(
                "mem0",
                CoreMask.range(4),
                Optional.empty(),
                Optional.of(new Driver("net_memif", "role=server,id=0"))),
            new NetdevConfig("dpdk3", CoreMask.of(0), Optional.empty(), Optional.empty())),
        config.netdevs());
    assertEquals(
        List.of(
            new ArpEntry(Ip4Address.parse("10.0.0.2"), 32, MacAddress.parse("00:1b:21:3c:9d:f8")),
            new ArpEntry(Ip4Address.parse("10.0.9.0"), 24, 0x020000000001L)),
        config.arpTable());
    assertEquals(
        List.of(
            new RouteEntry(0, 0, "nic0", OptionalInt.of(Ip4Address.parse("10.0.0.254"))),
            new RouteEntry(Ip4Address.parse("10.2.0.0"), 16, "wire0", OptionalInt.empty())),
        config.routeTable());
    assertEquals(config.netdevs().get(2), config.netdev("mem0").orElseThrow());
    assertEquals(Optional.empty(), config.netdev("dpdk0"));
  }

  @Test
  void notesEachKeyWithoutEffectOnce() {
    assertEquals(
        List.of(
            "mos.conf:6: ip_forward has no effect: end applications forward no packets",
            "mos.conf:15: no_ring_buffers has no effect: applications of type end always have"
                + " buffers",
            "mos.conf:18: forward has no effect: end applications forward no packets",
            "mos.conf:19: multiprocess has no effect: each process runs all its cores by itself",
            "mos.conf:36: nic_forward_table has no effect: end applications forward no packets",
            "mos.conf:24: route_table takes 10.2.3.4/16 as the network 10.2.0.0/16",
            "mos.conf:34: netdev takes the mask \"01\" as hexadecimal"),
        MosConfig.parse("mos.conf", EVERYTHING).notes());
  }

  @Test
  void keysForDpdkAreNotedWhereNoDeviceIsDpdks() {
    String text =
        """
        application { type = end
        run = x }
        mos { nb_mem_channels = 4
        hugepages = 1
        netdev { wire0 0x1 10.0.0.1/24 wire=a } }
        """;
    assertEquals(
        List.of(
            "m:3: nb_mem_channels has no effect: no device is driven by DPDK",
            "m:4: hugepages has no effect: no device is driven by DPDK"),
        MosConfig.parse("m", text).notes());
    assertEquals(
        List.of(), MosConfig.parse("m", text.replace("wire=a", "net_tap=iface=t0")).notes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application{type=end\nrun=x}mos{netdev{dpdk0 0x1}}",
        "application\n{\n\ttype\t=\tend\n\trun = x\n}\n\nmos\n\n{\nnetdev\n{\ndpdk0\t0x1\n}\n}\n",
        "# a\n application # b\n { # c {\n type = end # }\n run = x\n }\n mos { netdev { # d\n"
            + " dpdk0 0x1 # e\n } # f\n }\n# g",
        "\uFEFFmos {\r\n"
            + "\tnetdev {\r\n"
            + "\t\tdpdk0 0x1\r\n"
            + "\t}\r\n"
            + "}\r\n"
            + "application {\r\n"
            + "\ttype = end\r\n"
            + "\trun = x\r\n"
            + "}\r\n",
        "\n\n\n"
            + "mos { netdev { dpdk0 1\n"
            + "}\n"
            + "arp_table { }\n"
            + "route_table { } }\n"
            + "application { type = end\n"
            + "\n\n"
            + "run = x\n\n"
            + "}\n\n\n"
      })
  void layoutDoesNotMatter(String text) {
    MosConfig config = MosConfig.parse("mos.conf", text);
    assertEquals("end", config.application().type());
    assertEquals("x", config.application().name());
    assertEquals("[dpdk0 0x1]", config.netdevs().toString());
    assertEquals(List.of(), config.notes());
    assertEquals(Optional.empty(), config.application().coreMask());
    assertEquals(100_000, config.maxConcurrency());
    assertEquals(100_000, config.maxNumBuffers());
    assertEquals(8192, config.rmemSize());
    assertEquals(8192, config.wmemSize());
    assertEquals(0, config.tcpTwIntervalSeconds());
    assertEquals(30, config.tcpTimeoutSeconds());
    assertEquals(4, config.nbMemChannels());
    assertEquals(Optional.empty(), config.mosLog());
    assertEquals(List.of(), config.statPrint());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "net_memif=mtu=68,role=server,rxd=32,txd=32768,id=0",
        "net_memif=role=server,mtu=65393",
        "pci=0000:03:00.0,rxd=1000",
        "pci=03:00.0",
        "net_null="
      })
  void argumentsOfOursStandAmongDpdks(String driver) {
    assertEquals(
        driver, withNetdev("d 0x1 " + driver, "").netdevs().getFirst().driver().get() + "");
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 17, 64, 65, 100, 129, 256})
  void anyNumberOfCores(int cores) {
    String mask = CoreMask.range(cores).format();
    MosConfig config =
        MosConfig.parse(
            "mos.conf",
            "application { type = end\nrun = x\ncore_mask = "
                + mask
                + "\n}\nmos { netdev { dpdk0 "
                + mask
                + " } }");
    assertEquals(cores, config.application().coreMask().orElseThrow().cardinality());
    assertEquals(cores, config.netdevs().getFirst().cores().cardinality());
    assertEquals(CoreMask.range(cores), config.requireCores(cores, false));
    ConfigException e =
        assertThrows(ConfigException.class, () -> config.requireCores(cores - 1, false));
    assertTrue(e.getMessage().startsWith("mos.conf:3: core_mask: read \"" + mask.substring(0, 4)));
  }

  @Test
  void aMaskOfMoreCoresThanThereAreIsRefusedUnlessAllowed() {
    MosConfig config = MosConfig.load(ORIGINAL.resolve("epwget/mos.conf"));
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, false));
    assertEquals(
        ORIGINAL.resolve("epwget/mos.conf")
            + ":4: core_mask: read \"0x00FF\", allowed: cores of this machine, which has 2 cores,"
            + " numbers 0 to 1; to start anyway use --allow-oversubscribe: loops then share CPUs,"
            + " unpinned",
        e.getMessage());
    assertEquals(CoreMask.range(8), config.requireCores(8, false));
    assertEquals(CoreMask.range(8), config.requireCores(2, true));
  }

  @Test
  void aCoreNumberBeyondTheMachineIsRefusedToo() {
    MosConfig config = withNetdev("dpdk0 0x2", "cpu_mask = 0x2");
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(1, false));
    assertEquals(
        "mos.conf:3: cpu_mask: read \"0x2\", allowed: cores of this machine, which has 1 core,"
            + " number 0; to start anyway use --allow-oversubscribe: loops then share CPUs,"
            + " unpinned",
        e.getMessage());
    assertEquals(CoreMask.of(1), config.requireCores(2, false));
    assertEquals(CoreMask.of(1), config.requireCores(1, true));
  }

  @Test
  void withoutAMaskTheCoresThatDevicesNameRun() {
    MosConfig config = withNetdev("dpdk0 0x5", "");
    assertEquals(CoreMask.of(0, 2), config.requireCores(3, false));
    assertEquals(CoreMask.of(0, 2), config.requireCores(2, true));
    assertEquals(CoreMask.range(3), MosConfig.builder().build().requireCores(3, false));
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, false));
    assertTrue(
        e.getMessage().startsWith("mos.conf:5: netdev dpdk0: read \"dpdk0 0x5\", allowed: cores"),
        e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> config.requireCores(0, true));
  }

  @Test
  void errorsAtStartUpKnowTheirPlace() {
    MosConfig config = MosConfig.parse("mos.conf", EVERYTHING);
    assertEquals(
        "mos.conf:21: mos_log: read \"/var/log/mos dir\", allowed: a directory that can be made",
        config.error("mos_log", "a directory that can be made").getMessage());
    assertEquals(
        "mos.conf:32: netdev wire0: read \"wire0 c 10.1.0.1/16 wire=cable-1\", allowed: x",
        config.error("netdev wire0", "x").getMessage());
    ConfigException unplaced = config.error("max_num_buffers", "x");
    assertEquals("mos.conf: max_num_buffers: read \"\", allowed: x", unplaced.getMessage());
    assertEquals(OptionalInt.empty(), unplaced.line());
  }

  @Test
  void anExceptionMayHaveNoPlace() {
    ConfigException e = new ConfigException("no huge pages");
    assertEquals("no huge pages", e.getMessage());
    assertEquals(Optional.empty(), e.fileName());
    assertEquals(OptionalInt.empty(), e.line());
    assertEquals(2, ConfigException.EXIT_CODE);
  }

  private static MosConfig withNetdev(String netdev, String applicationLine) {
    return MosConfig.parse(
        "mos.conf",
        "application { type = end\nrun = x\n"
            + applicationLine
            + "\n}\nmos { netdev { "
            + netdev
            + " } }");
  }
}
