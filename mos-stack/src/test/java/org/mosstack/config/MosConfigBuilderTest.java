package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.CongestionAlgorithm;

class MosConfigBuilderTest {
  @Test
  void theDefaultsAreAConfiguration() {
    MosConfig config = MosConfig.builder().build();
    assertEquals("end", config.get(MosKeys.TYPE));
    assertEquals(List.of("embedded"), config.get(MosKeys.RUN));
    assertEquals(Optional.empty(), config.find(MosKeys.CORE_MASK));
    assertEquals(List.of(), config.netdevs());
    assertEquals(List.of(), config.notes());
    assertEquals(100_000, config.get(MosKeys.MAX_CONCURRENCY));
    assertEquals(-1, config.get(MosKeys.TCP_TIMEOUT));
    assertEquals(CongestionAlgorithm.CUBIC, config.get(MosKeys.TCP_CONGESTION));
    assertFalse(config.get(MosKeys.TCP_PACING));
    assertEquals(CoreMask.range(2), config.requireCores(2, 2, false));
  }

  @Test
  void saysTheSameAsAFile() {
    NetdevConfig wire =
        new NetdevConfig(
            "wire0",
            CoreMask.of(0, 1),
            Optional.of(new Ip4Prefix(Ip4Address.toInet(Ip4Address.parse("10.0.0.1")), 24)),
            Optional.of(new Driver(Driver.WIRE, "cable")));
    MosConfig built =
        MosConfig.builder()
            .set(MosKeys.RUN, List.of("demo", "two words"))
            .set(MosKeys.CORE_MASK, CoreMask.range(70))
            .set(MosKeys.MAX_CONCURRENCY, 10)
            .set(MosKeys.MAX_NUM_BUFFERS, 20)
            .set(MosKeys.RMEM_SIZE, 4096)
            .set(MosKeys.WMEM_SIZE, 1 << 30)
            .set(MosKeys.TCP_TW_INTERVAL, 1)
            .set(MosKeys.TCP_TIMEOUT, 5)
            .set(MosKeys.TCP_TIMEOUT, -1)
            .set(MosKeys.TCP_CONGESTION, CongestionAlgorithm.BBR)
            .set(MosKeys.TCP_PACING, true)
            .set(MosKeys.TCP_ECN, EcnMode.ASK)
            .set(MosKeys.NB_MEM_CHANNELS, 1)
            .set(MosKeys.TCP_SYNCOOKIES, SynCookieMode.OFF)
            .set(MosKeys.TCP_MEM, 1L << 40)
            .set(MosKeys.TCP_LISTENER_MEM, 1)
            .set(MosKeys.TCP_ZERO_WINDOW_TIMEOUT, 86_400)
            .set(MosKeys.TCP_FASTOPEN, FastOpenMode.CLIENT)
            .set(MosKeys.HUGEPAGES, true)
            .set(MosKeys.MOS_LOG, Path.of("a b"))
            .set(MosKeys.STAT_PRINT, List.of("wire0", "dpdk0"))
            .set(MosKeys.STATS_JSON, Path.of("b c"))
            .set(MosKeys.IP_FORWARD, true)
            .set(MosKeys.FORWARD, true)
            .set(MosKeys.NO_RING_BUFFERS, false)
            .set(MosKeys.MULTIPROCESS, new Multiprocess(2, true))
            .set(MosKeys.TYPE, "end")
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
              ip_forward = 1
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
              mos_log = a b
              stats_json = b c
              forward = 1
              no_ring_buffers = 0
              multiprocess = 2 master
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
    assertEquals(parsed.netdevs(), built.netdevs());
    assertEquals(parsed.arpTable(), built.arpTable());
    assertEquals(parsed.routeTable(), built.routeTable());
    for (KeyTable table : List.of(MosKeys.APPLICATION, MosKeys.MOS)) {
      for (ConfigKey<?> key : table.keys()) {
        assertTrue(built.find(key).isPresent(), key + " isn't set here");
        assertEquals(parsed.find(key), built.find(key), key.name());
      }
    }
    assertEquals(-1, built.get(MosKeys.TCP_TIMEOUT), "the later call counts");
  }

  /** Neither who set a list nor who reads it can change it. */
  @Test
  void listsAreTheConfigurationsOwn() {
    List<String> words = new ArrayList<>(List.of("demo"));
    List<String> devices = new ArrayList<>(List.of("dpdk0"));
    MosConfigBuilder builder =
        MosConfig.builder().set(MosKeys.RUN, words).netdev("dpdk0 0x1 10.0.0.1/24 wire=w");
    builder.set(MosKeys.STAT_PRINT, devices);
    words.add("later");
    devices.clear();
    MosConfig built = builder.build();
    words.clear();
    assertEquals(List.of("demo"), built.get(MosKeys.RUN));
    assertEquals(List.of("dpdk0"), built.get(MosKeys.STAT_PRINT));
    MosConfig parsed =
        MosConfig.parse(
            "mos.conf",
            """
            application {
              type = end
              run = demo
            }
            mos {
              stat_print = dpdk0
              netdev {
                dpdk0 0x1 10.0.0.1/24 wire=w
              }
            }
            """);
    for (MosConfig config : List.of(built, parsed)) {
      for (ConfigKey<List<String>> key : List.of(MosKeys.RUN, MosKeys.STAT_PRINT)) {
        List<String> list = config.get(key);
        assertThrows(UnsupportedOperationException.class, () -> list.add("x"), key.name());
      }
    }
  }

  /** Text of a program isn't read as a file's is: a # starts no comment. */
  @Test
  void valuesNeverBecomeText() {
    MosConfig config =
        MosConfig.builder()
            .set(MosKeys.MOS_LOG, Path.of("a # b"))
            .set(MosKeys.RUN, List.of("x", "", "two # words", "\""))
            .set(MosKeys.HUGEPAGES, false)
            .build();
    assertEquals(Optional.of(Path.of("a # b")), config.find(MosKeys.MOS_LOG));
    assertEquals(List.of("x", "", "two # words", "\""), config.get(MosKeys.RUN));
    assertEquals(Optional.of(false), config.find(MosKeys.HUGEPAGES));
  }

  @Test
  void isHeldToTheSameRules() {
    assertError(
        "configuration: rmem_size: read \"1\", allowed: bytes per socket, 2048 to 1073741824",
        MosConfig.builder().set(MosKeys.RMEM_SIZE, 1));
    assertError(
        "configuration: core_mask: read \"0x0\", allowed: a hexadecimal mask that names at least"
            + " one core, such as 0x1",
        MosConfig.builder().set(MosKeys.CORE_MASK, CoreMask.of()));
    assertError(
        "configuration: stat_print: read \"dpdk0\", allowed: a device of the netdev block, which"
            + " names none",
        MosConfig.builder().set(MosKeys.STAT_PRINT, List.of("dpdk0")));
    assertError(
        "configuration: netdev: read \"dpdk0\", but another line has this device already",
        MosConfig.builder().netdev("dpdk0 0x1").netdev("dpdk0 0x1"));
    assertError(
        "configuration: route_table: read \"eth0\", allowed: a device of the netdev block: dpdk0",
        MosConfig.builder().netdev("dpdk0 0x1").route("10.0.0.0/8 eth0"));
    assertError(
        "configuration: run: read \"\", allowed: <application> [<argument>...]",
        MosConfig.builder().set(MosKeys.RUN, List.of("")));
  }

  @Test
  void aDevicesPartsAreChecked() {
    Ip4Prefix address = new Ip4Prefix(Ip4Address.toInet(Ip4Address.parse("10.0.0.1")), 24);
    Driver wire = new Driver(Driver.WIRE, "w");
    assertDevice(
        "0dev\", allowed: a device's name: a letter, then letters, digits and _ . -",
        device("0dev", CoreMask.of(0), address, wire));
    assertDevice(
        "0x0\", allowed: a hexadecimal mask that names at least one core, such as 0x1",
        device("d", CoreMask.of(), address, wire));
    String host = "\", allowed: a host's address and prefix, such as 10.0.0.1/24";
    for (String other : List.of("10.0.0.0/24", "10.0.0.255/24", "224.0.0.1/32", "10.0.0.1/0")) {
      String[] parts = other.split("/");
      Ip4Prefix none =
          new Ip4Prefix(Ip4Address.toInet(Ip4Address.parse(parts[0])), Integer.parseInt(parts[1]));
      assertDevice(other + host, device("d", CoreMask.of(0), none, wire));
    }
    assertDevice(
        "pci=x\", allowed: pci=<the NIC's address>, such as pci=0000:03:00.0",
        device("d", CoreMask.of(0), address, new Driver(Driver.PCI, "x")));
    assertDevice(
        "mtu=67\", allowed: mtu=<bytes>, 68 to 65393",
        device("d", CoreMask.of(0), address, new Driver("net_tap", "mtu=67")));
  }

  private static NetdevConfig device(
      String name, CoreMask cores, Ip4Prefix address, Driver driver) {
    return new NetdevConfig(name, cores, Optional.of(address), Optional.of(driver));
  }

  private static void assertDevice(String message, NetdevConfig device) {
    assertError("configuration: netdev: read \"" + message, MosConfig.builder().netdev(device));
  }

  @Test
  void coresAreRequiredWithoutALine() {
    MosConfig config = MosConfig.builder().set(MosKeys.CORE_MASK, CoreMask.range(4)).build();
    ConfigException e = assertThrows(ConfigException.class, () -> config.requireCores(2, 2, false));
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
