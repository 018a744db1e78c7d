package org.mosstack.header;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class Ip4AddressTest {
  @ParameterizedTest
  @CsvSource({
    "0.0.0.0, 0",
    "10.0.0.1, 0x0a000001",
    "127.0.0.1, 0x7f000001",
    "192.168.255.7, -0x3f5700f9",
    "255.255.255.255, -1"
  })
  void readsAndWrites(String text, String value) {
    int address = Integer.decode(value);
    assertEquals(address, Ip4Address.parse(text));
    assertEquals(text, Ip4Address.format(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1",
        "1.2.3",
        "1.2.3.",
        ".1.2.3",
        "1..2.3",
        "1.2.3.4.",
        "1.2.3.4.5",
        "256.0.0.1",
        "1.2.3.1000",
        "01.2.3.4",
        "1.2.3.00",
        "1.2.3.4 ",
        " 1.2.3.4",
        "1.2.3.4/24",
        "+1.2.3.4",
        "-1.2.3.4",
        "0x1.2.3.4",
        "a.b.c.d",
        "1,2,3,4",
        "1.2.3.٤"
      })
  void refusesWhatIsNoDottedQuad(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> Ip4Address.parse(text));
    assertEquals(
        "\"" + text + "\" is not an IPv4 address: four numbers from 0 to 255 with dots between",
        e.getMessage());
  }

  @Test
  void anyAddressComesBack() throws Exception {
    long seed = 0x1947;
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      int address = random.nextInt();
      String text = Ip4Address.format(address);
      String where = "seed " + seed + ", turn " + i;
      assertEquals(address, Ip4Address.parse(text), where);
      Inet4Address inet = Ip4Address.toInet(address);
      assertEquals(InetAddress.getByName(text), inet, where);
      assertEquals(address, Ip4Address.fromInet(inet), where);
    }
  }

  @Test
  void netmaskHasAsManyBitsAsThePrefix() {
    assertEquals(0, Ip4Address.netmask(0));
    assertEquals(0x80000000, Ip4Address.netmask(1));
    assertEquals(0xffffff00, Ip4Address.netmask(24));
    assertEquals(-1, Ip4Address.netmask(32));
    for (int length = 0; length <= 32; length++) {
      assertEquals(length, Integer.bitCount(Ip4Address.netmask(length)));
    }
    assertThrows(IllegalArgumentException.class, () -> Ip4Address.netmask(-1));
    assertThrows(IllegalArgumentException.class, () -> Ip4Address.netmask(33));
  }

  @Test
  void tellsSpecialAddressesApart() {
    assertTrue(Ip4Address.isMulticast(Ip4Address.parse("224.0.0.0")));
    assertTrue(Ip4Address.isMulticast(Ip4Address.parse("239.255.255.255")));
    assertFalse(Ip4Address.isMulticast(Ip4Address.parse("223.255.255.255")));
    assertFalse(Ip4Address.isMulticast(Ip4Address.parse("240.0.0.0")));

    assertTrue(Ip4Address.isLoopback(Ip4Address.parse("127.0.0.1")));
    assertTrue(Ip4Address.isLoopback(Ip4Address.parse("127.255.255.255")));
    assertFalse(Ip4Address.isLoopback(Ip4Address.parse("126.255.255.255")));
    assertFalse(Ip4Address.isLoopback(Ip4Address.parse("128.0.0.0")));

    assertTrue(Ip4Address.isUnspecified(0));
    assertFalse(Ip4Address.isUnspecified(1));

    assertTrue(Ip4Address.isLimitedBroadcast(Ip4Address.parse("255.255.255.255")));
    assertFalse(Ip4Address.isLimitedBroadcast(Ip4Address.parse("255.255.255.254")));
  }
}
