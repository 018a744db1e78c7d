package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.nio.file.Path;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.header.Ip4Address;
import org.mosstack.header.MacAddress;
import org.mosstack.socket.CongestionAlgorithm;

class MosConfigTest {
  private static Inet4Address address(String text) {
    return Ip4Address.toInet(Ip4Address.parse(text));
  }

  private static Ip4Prefix prefix(String address, int length) {
    return new Ip4Prefix(address(address), length);
  }

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
        tcp_ecn = 0x1
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
    assertEquals("end", config.get(MosKeys.TYPE));
    assertEquals(List.of(application), config.get(MosKeys.RUN));
    assertEquals(Optional.of(eight), config.find(MosKeys.CORE_MASK));
    assertFalse(config.get(MosKeys.IP_FORWARD));
    assertEquals(100_000, config.get(MosKeys.MAX_CONCURRENCY));
    assertEquals(100_000, config.get(MosKeys.MAX_NUM_BUFFERS));
    assertEquals(8192, config.get(MosKeys.RMEM_SIZE));
    assertEquals(8192, config.get(MosKeys.WMEM_SIZE));
    assertEquals(0, config.get(MosKeys.TCP_TW_INTERVAL));
    assertEquals(30, config.get(MosKeys.TCP_TIMEOUT));
    assertEquals(CongestionAlgorithm.CUBIC, config.get(MosKeys.TCP_CONGESTION));
    assertEquals(false, config.get(MosKeys.TCP_PACING));
    assertEquals(4, config.get(MosKeys.NB_MEM_CHANNELS));
    assertEquals(EcnMode.ACCEPT, config.get(MosKeys.TCP_ECN));
    assertEquals(SynCookieMode.WHEN_FULL, config.get(MosKeys.TCP_SYNCOOKIES));
    assertEquals(0, config.get(MosKeys.TCP_MEM));
    assertEquals(100, config.get(MosKeys.TCP_LISTENER_MEM));
    assertEquals(60, config.get(MosKeys.TCP_ZERO_WINDOW_TIMEOUT));
    assertEquals(FastOpenMode.OFF, config.get(MosKeys.TCP_FASTOPEN));
    assertEquals(Optional.empty(), config.find(MosKeys.HUGEPAGES));
    assertEquals(Optional.of(Path.of("logs")), config.find(MosKeys.MOS_LOG));
    assertEquals(List.of("dpdk0"), config.get(MosKeys.STAT_PRINT));
    assertEquals(Optional.empty(), config.find(MosKeys.STATS_JSON));
    assertEquals(Optional.empty(), config.find(MosKeys.MULTIPROCESS));
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
    assertEquals(List.of("epserver", "-v", "two words", ""), config.get(MosKeys.RUN));
    assertEquals(Optional.of(CoreMask.range(4)), config.find(MosKeys.CORE_MASK));
    assertTrue(config.get(MosKeys.IP_FORWARD));
    assertEquals(4096, config.get(MosKeys.MAX_CONCURRENCY));
    assertEquals(CongestionAlgorithm.NEWRENO, config.get(MosKeys.TCP_CONGESTION));
    assertEquals(true, config.get(MosKeys.TCP_PACING));
    assertEquals(4096, config.get(MosKeys.MAX_NUM_BUFFERS));
    assertEquals(65536, config.get(MosKeys.RMEM_SIZE));
    assertEquals(2048, config.get(MosKeys.WMEM_SIZE));
    assertEquals(60, config.get(MosKeys.TCP_TW_INTERVAL));
    assertEquals(-1, config.get(MosKeys.TCP_TIMEOUT));
    assertEquals(2, config.get(MosKeys.NB_MEM_CHANNELS));
    assertEquals(EcnMode.ASK, config.get(MosKeys.TCP_ECN));
    assertEquals(SynCookieMode.ALWAYS, config.get(MosKeys.TCP_SYNCOOKIES));
    assertEquals(1L << 34, config.get(MosKeys.TCP_MEM));
    assertEquals(50, config.get(MosKeys.TCP_LISTENER_MEM));
    assertEquals(5, config.get(MosKeys.TCP_ZERO_WINDOW_TIMEOUT));
    assertEquals(FastOpenMode.BOTH, config.get(MosKeys.TCP_FASTOPEN));
    assertEquals(Optional.of(false), config.find(MosKeys.HUGEPAGES));
    assertEquals(Optional.of(Path.of("/var/log/mos dir")), config.find(MosKeys.MOS_LOG));
    assertEquals(List.of("nic0", "wire0"), config.get(MosKeys.STAT_PRINT));
    assertEquals(
        Optional.of(Path.of("/run/mos/stats dir/a.json")), config.find(MosKeys.STATS_JSON));
    assertEquals(Optional.of(new Multiprocess(3, true)), config.find(MosKeys.MULTIPROCESS));
    assertEquals(
        List.of(
            new NetdevConfig(
                "nic0",
                CoreMask.of(0, 1),
                Optional.of(prefix("10.0.0.4", 24)),
                Optional.of(new Driver("pci", "0000:03:00.0,txq=1,mtu=9000"))),
            new NetdevConfig(
                "wire0",
                CoreMask.of(2, 3),
                Optional.of(prefix("10.1.0.1", 16)),
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
            new ArpEntry(prefix("10.0.0.2", 32), MacAddress.parse("00:1b:21:3c:9d:f8")),
            new ArpEntry(prefix("10.0.9.0", 24), 0x020000000001L)),
        config.arpTable());
    assertEquals(
        List.of(
            new RouteEntry(prefix("0.0.0.0", 0), "nic0", Optional.of(address("10.0.0.254"))),
            new RouteEntry(prefix("10.2.0.0", 16), "wire0", Optional.empty())),
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
    assertEquals("end", config.get(MosKeys.TYPE));
    assertEquals(List.of("x"), config.get(MosKeys.RUN));
    assertEquals("[dpdk0 0x1]", config.netdevs().toString());
    assertEquals(List.of(), config.notes());
    assertEquals(Optional.empty(), config.find(MosKeys.CORE_MASK));
    assertEquals(100_000, config.get(MosKeys.MAX_CONCURRENCY));
    assertEquals(100_000, config.get(MosKeys.MAX_NUM_BUFFERS));
    assertEquals(8192, config.get(MosKeys.RMEM_SIZE));
    assertEquals(8192, config.get(MosKeys.WMEM_SIZE));
    assertEquals(0, config.get(MosKeys.TCP_TW_INTERVAL));
    assertEquals(30, config.get(MosKeys.TCP_TIMEOUT));
    assertEquals(4, config.get(MosKeys.NB_MEM_CHANNELS));
    assertEquals(Optional.empty(), config.find(MosKeys.MOS_LOG));
    assertEquals(List.of(), config.get(MosKeys.STAT_PRINT));
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
    assertEquals(cores, config.find(MosKeys.CORE_MASK).orElseThrow().cardinality());
    assertEquals(cores, config.netdevs().getFirst().cores().cardinality());
    assertEquals(CoreMask.range(cores), config.requireCores(cores, cores, false));
    ConfigException e =
        assertThrows(ConfigException.class, () -> config.requireCores(cores - 1, cores - 1, false));
    assertTrue(e.getMessage().startsWith("mos.conf:3: core_mask: read \"" + mask.substring(0, 4)));
  }

  @Test
  void aMaskOfMoreCoresThanThereAreIsRefusedUnlessAllowed() {
    MosConfig config = MosConfig.load(ORIGINAL.resolve("epwget/mos.conf"));
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, 2, false));
    assertEquals(
        ORIGINAL.resolve("epwget/mos.conf")
            + ":4: core_mask: read \"0x00FF\", allowed: cores of this machine, which has 2 cores,"
            + " numbers 0 to 1; to start anyway use --allow-oversubscribe: loops then share CPUs,"
            + " unpinned",
        e.getMessage());
    assertEquals(CoreMask.range(8), config.requireCores(8, 8, false));
    assertEquals(CoreMask.range(8), config.requireCores(2, 2, true));
  }

  @Test
  void aCoreNumberBeyondTheMachineIsRefusedToo() {
    MosConfig config = withNetdev("dpdk0 0x2", "cpu_mask = 0x2");
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(1, 1, false));
    assertEquals(
        "mos.conf:3: cpu_mask: read \"0x2\", allowed: cores of this machine, which has 1 core,"
            + " number 0; to start anyway use --allow-oversubscribe: loops then share CPUs,"
            + " unpinned",
        e.getMessage());
    assertEquals(CoreMask.of(1), config.requireCores(2, 2, false));
    assertEquals(CoreMask.of(1), config.requireCores(1, 1, true));
  }

  @Test
  void withoutAMaskTheCoresThatDevicesNameRun() {
    MosConfig config = withNetdev("dpdk0 0x5", "");
    assertEquals(CoreMask.of(0, 2), config.requireCores(3, 3, false));
    assertEquals(CoreMask.of(0, 2), config.requireCores(2, 2, true));
    assertEquals(CoreMask.of(0, 2), config.requireCores(3, 1, false), "few CPUs for this process");
    assertEquals(CoreMask.range(3), MosConfig.builder().build().requireCores(8, 3, false));
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, 2, false));
    assertTrue(
        e.getMessage().startsWith("mos.conf:5: netdev dpdk0: read \"dpdk0 0x5\", allowed: cores"),
        e.getMessage());
    assertThrows(IllegalArgumentException.class, () -> config.requireCores(0, 1, true));
    assertThrows(IllegalArgumentException.class, () -> config.requireCores(1, 0, true));
  }

  @Test
  void errorsAtStartUpKnowTheirPlace() {
    MosConfig config = MosConfig.parse("mos.conf", EVERYTHING);
    assertEquals(
        "mos.conf:21: mos_log: can't write \"/var/log/mos dir/log_0\": permission denied",
        config
            .unwritable(MosKeys.MOS_LOG, Path.of("/var/log/mos dir/log_0"), "permission denied")
            .getMessage());
    assertEquals(
        "mos.conf:14: tcp_timeout: read \"-1\", but time is short",
        config.conflict(MosKeys.TCP_TIMEOUT, "time is short").getMessage());
    assertEquals(
        "mos.conf:32: netdev wire0: read \"wire0 c 10.1.0.1/16 wire=cable-1\", allowed: x",
        config.error(config.netdev("wire0").orElseThrow(), "x").getMessage());
    ConfigException unplaced = config.conflict(MosKeys.MAX_NUM_BUFFERS, "x");
    assertEquals("mos.conf: max_num_buffers: read \"\", but x", unplaced.getMessage());
    assertEquals(OptionalInt.empty(), unplaced.line());
  }

  @Test
  void whatHasNoDefaultIsOnlyFound() {
    MosConfig config = withNetdev("dpdk0 0x1", "");
    for (ConfigKey<?> key : List.of(MosKeys.CORE_MASK, MosKeys.HUGEPAGES, MosKeys.MOS_LOG)) {
      assertEquals(Optional.empty(), config.find(key));
      assertThrows(NoSuchElementException.class, () -> config.get(key));
    }
    ConfigKey<Integer> other = ConfigKey.number("rmem_size", Range.of("bytes", 0, 1)).otherwise(0);
    assertThrows(IllegalArgumentException.class, () -> config.get(other));
    assertThrows(IllegalArgumentException.class, () -> MosConfig.builder().set(other, 0));
  }

  @Test
  void saysTheSameWhereItReadsTheSame() {
    MosConfig config = MosConfig.parse("mos.conf", EVERYTHING);
    assertEquals(config, MosConfig.parse("mos.conf", EVERYTHING));
    assertEquals(config.hashCode(), MosConfig.parse("mos.conf", EVERYTHING).hashCode());
    for (String line : EVERYTHING.split("\n")) {
      if (line.startsWith("        tcp_") || line.startsWith("          10.")) {
        assertNotEquals(config, MosConfig.parse("mos.conf", EVERYTHING.replace(line, "")), line);
      }
    }
    assertTrue(config.toString().contains("tcp_timeout = -1"), config.toString());
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
