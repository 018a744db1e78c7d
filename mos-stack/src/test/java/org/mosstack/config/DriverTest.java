package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.mosstack.config.Driver.Option;

class DriverTest {
  @Test
  void splitsArgumentsAtCommas() {
    Driver driver = new Driver("net_memif", "role=server,id=0,socket=/run/a=b.sock,zero-copy");
    assertEquals(
        List.of(
            new Option("role", "server"),
            new Option("id", "0"),
            new Option("socket", "/run/a=b.sock"),
            new Option("zero-copy", "")),
        driver.options());
    assertEquals(Optional.of("0"), driver.find("id"));
    assertEquals(Optional.of(""), driver.find("zero-copy"));
    assertEquals(Optional.empty(), driver.find("secret"));
  }

  @Test
  void aCommaInBracketsBelongsToTheValue() {
    Driver driver = new Driver("pci", "0000:03:00.0,representor=[0,2-3],x=1");
    assertEquals(
        List.of(
            new Option("0000:03:00.0", ""),
            new Option("representor", "[0,2-3]"),
            new Option("x", "1")),
        driver.options());
  }

  @Test
  void aKeyMayComeTwice() {
    Driver driver = new Driver("net_pcap", "rx_pcap=a.pcap,rx_pcap=b.pcap");
    assertEquals(2, driver.options().size());
    assertEquals(Optional.of("a.pcap"), driver.find("rx_pcap"));
  }

  @Test
  void noArgumentsAreNoOptions() {
    assertEquals(List.of(), new Driver("net_null", "").options());
  }

  /** Another driver of DPDK's may have an argument of that name. */
  @Test
  void onlyTapHasAPeerOfTheStacks() {
    String arguments = "iface=t0,peer=10.0.0.2/24";
    assertEquals("10.0.0.2/24", new Driver("net_tap", arguments).peer().orElseThrow().toString());
    assertTrue(new Driver("net_memif", arguments).peer().isEmpty());
    assertTrue(new Driver("net_tap", "iface=t0").peer().isEmpty());
  }

  @Test
  void nicsAndVirtualDevicesAreDpdks() {
    assertFalse(new Driver(Driver.WIRE, "cable").isDpdk());
    assertFalse(new Driver("tunnel", "a").isDpdk());
    assertTrue(new Driver(Driver.PCI, "0000:03:00.0").isDpdk());
    assertTrue(new Driver("net_tap", "iface=t0").isDpdk());
  }
}
