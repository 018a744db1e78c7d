package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.Driver;

/** What is known of drivers before there is a port. */
class VirtualDriversTest {
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
}
