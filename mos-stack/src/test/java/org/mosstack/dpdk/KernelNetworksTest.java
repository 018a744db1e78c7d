package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.config.Ip4Prefix;

/** Where a routing table of the kernel's leads to; as Linux 6.1 prints it, the tabs as blanks. */
class KernelNetworksTest {
  private static final List<String> ROUTES =
      """
      Iface Destination Gateway  Flags RefCnt Use Metric Mask     MTU Window IRTT
      eth0  00000000    010200C0 0003  0      0   0      00000000 0   0      0
      vpn0  00000080    00000000 0001  0      0   0      00000080 0   0      0
      eth0  000200C0    00000000 0001  0      0   0      00FFFFFF 0   0      0
      tun0  0000100A    0500100A 0003  0      0   0      0000F0FF 0   0      0
      gre0  0704030A    00000000 0005  0      0   0      FFFFFFFF 0   0      0
      """
          .lines()
          .toList();

  @ParameterizedTest
  @CsvSource({
    "192.0.2.0/24, eth0",
    "192.0.2.128/25, eth0", // a part of it
    "192.0.0.0/16, eth0", // more than it
    "192.0.3.0/24, ",
    "10.16.0.0/24, tun0", // 10.16.0.0/12, by a gateway
    "10.31.255.0/24, tun0",
    "10.32.0.0/24, ",
    "10.3.4.0/24, gre0", // a host's
    "10.0.0.0/24, ",
    "198.51.100.0/24, ", // half a default route, as of some VPNs
  })
  void findsRoutesToAPartOfANetwork(String network, String kernelInterface) {
    assertEquals(
        Optional.ofNullable(kernelInterface),
        KernelNetworks.routeTowards(ROUTES, Ip4Prefix.parse(network)));
  }

  @Test
  void knowsTheNetworksOfInterfaces() {
    assertEquals(
        Optional.of("lo"), KernelNetworks.interfaceTowards(Ip4Prefix.parse("127.1.2.0/24")));
  }
}
