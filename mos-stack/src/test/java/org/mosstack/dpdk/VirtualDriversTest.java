package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.ConfigException;
import org.mosstack.config.Driver;

/** What is known of drivers before there is a port. */
class VirtualDriversTest {
  /** A file that is there. */
  private static final Path DEVICE = Path.of("/dev/null");

  /** The headers, one tag (for a NIC: two, and a checksum), and what the driver itself needs. */
  @ParameterizedTest
  @CsvSource({
    "net_memif, 1500, 1518",
    "net_tap, 9000, 9018",
    "net_memif, 65389, 65407",
    "net_memif, 65393, 65407", // all that a buffer can hold
    "net_af_xdp, 1500, 1774",
    "net_af_packet, 1500, 2048",
    "net_af_packet, 9000, 12288",
    "pci, 9000, 9026",
  })
  void buffersHaveRoomForFullSizeFramesWithTags(String driver, int mtu, int bytes) {
    PortOptions options = PortOptions.of(new Driver(driver, ""));
    assertEquals(bytes, VirtualDrivers.frameBytes(options, mtu));
  }

  /** DPDK's driver would refuse an argument that it doesn't know. */
  @Test
  void theKernelsAddressIsNoArgumentOfDpdks() {
    PortOptions tap = tap("iface=t0,peer=10.0.0.2/24,mac=fixed");
    assertEquals("iface=t0,mac=fixed", tap.devargs());
    assertEquals("10.0.0.2/24", tap.with("mac", "other").peer().orElseThrow().toString());
    PortOptions other = PortOptions.of(new Driver("net_other", "peer=a"));
    assertEquals("peer=a", other.devargs());
  }

  @Test
  void tapNeedsTheKernelsDevice() {
    assertRefused(
        "dpdk0: net_tap needs /no/such/tun: modprobe tun makes it, and for a container --device"
            + " /no/such/tun",
        Path.of("/no/such/tun"),
        "iface=t0");
  }

  @Test
  void tapLeavesInterfacesThatAreThereAlone() {
    assertRefused(
        "dpdk0: net_tap: there is a kernel interface lo already, perhaps of the same program: end"
            + " that, or name another with iface=",
        DEVICE,
        "iface=lo,peer=10.0.0.2/24");
    VirtualDrivers.checkTap("dpdk0", tap("iface=lo"), DEVICE); // a user's own, with an address
  }

  @Test
  void tapTakesNoNetworkThatIsReachedOtherwise() {
    assertRefused(
        "dpdk0: net_tap: this machine reaches 127.0.0.0/24, or a part of it, by its interface lo:"
            + " choose another network for the netdev line",
        DEVICE,
        "iface=no-such-iface,peer=127.0.0.2/24");
  }

  private static void assertRefused(String why, Path tun, String arguments) {
    PortOptions options = tap(arguments);
    assertEquals(
        why,
        assertThrows(ConfigException.class, () -> VirtualDrivers.checkTap("dpdk0", options, tun))
            .getMessage());
  }

  private static PortOptions tap(String arguments) {
    return PortOptions.of(new Driver("net_tap", arguments));
  }
}
