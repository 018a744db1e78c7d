package org.mosstack.header;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MacAddressTest {
  @ParameterizedTest
  @CsvSource({
    "00:00:00:00:00:00, 0, 00:00:00:00:00:00",
    "00:1B:21:3c:9D:f8, 0x1b213c9df8, 00:1b:21:3c:9d:f8",
    "0:1b:2:3:4:f, 0x1b0203040f, 00:1b:02:03:04:0f",
    "ff:ff:ff:ff:ff:ff, 0xffffffffffff, ff:ff:ff:ff:ff:ff"
  })
  void readsAndWrites(String text, String value, String written) {
    long address = Long.decode(value);
    assertEquals(address, MacAddress.parse(text));
    assertEquals(written, MacAddress.format(address));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "00",
        "00:1b:21:3c:9d",
        "00:1b:21:3c:9d:",
        "00:1b:21:3c:9d:f8:00",
        "00:1b:21:3c:9d:f8:",
        "00-1b-21-3c-9d-f8",
        "001b213c9df8",
        "000:1b:21:3c:9d:f8",
        "00:1b:21:3c:9d:fg",
        ":1b:21:3c:9d:f8",
        "00:1b:21:3c:9d:f8 ",
        "00:1b:21:3c:9d:٤"
      })
  void refusesAnythingElse(String text) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> MacAddress.parse(text));
    assertEquals(
        "\"" + text + "\" is not an Ethernet address: six hexadecimal octets with colons between",
        e.getMessage());
  }

  @Test
  void anyAddressComesBack() {
    long seed = 0x1980;
    Random random = new Random(seed);
    for (int i = 0; i < 10_000; i++) {
      long address = random.nextLong() & MacAddress.BROADCAST;
      assertEquals(
          address, MacAddress.parse(MacAddress.format(address)), "seed " + seed + ", turn " + i);
    }
  }

  @Test
  void multicastIsTheLowestBitOfTheFirstOctet() {
    assertTrue(MacAddress.isMulticast(MacAddress.BROADCAST));
    assertTrue(MacAddress.isMulticast(MacAddress.parse("01:00:5e:00:00:01")));
    assertTrue(MacAddress.isMulticast(MacAddress.parse("33:33:00:00:00:01")));
    assertFalse(MacAddress.isMulticast(MacAddress.parse("02:ff:ff:ff:ff:ff")));
    assertFalse(MacAddress.isMulticast(0));
  }
}
