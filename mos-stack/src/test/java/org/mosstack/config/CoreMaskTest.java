package org.mosstack.config;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CoreMaskTest {
  @Test
  void readsDigitsOfEitherCaseWithOrWithoutPrefix() {
    CoreMask expected = CoreMask.of(0, 2, 9, 11);
    assertEquals(expected, CoreMask.parse("0x0A05"));
    assertEquals(expected, CoreMask.parse("0Xa05"));
    assertEquals(expected, CoreMask.parse("A05"));
    assertEquals("0xA05", expected.format());
    assertArrayEquals(new int[] {0, 2, 9, 11}, expected.cores().toArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 16, 17, 32, 63, 64, 65, 128, 129, 200, 1024})
  void anyNumberOfCoresComesBack(int n) {
    CoreMask mask = CoreMask.range(n);
    assertEquals(n, mask.cardinality());
    assertArrayEquals(IntStream.range(0, n).toArray(), mask.cores().toArray());
    assertTrue(mask.contains(n - 1));
    assertFalse(mask.contains(n));
    assertEquals((n + 3) / 4 + 2, mask.format().length());
    assertEquals(mask, CoreMask.parse(mask.format()));
    assertEquals(mask.hashCode(), CoreMask.parse("000" + mask.format().substring(2)).hashCode());
    assertEquals(CoreMask.range(n - 1), mask.first(n - 1));
    assertTrue(mask.first(n - 1).isSubsetOf(mask));
    assertFalse(mask.isSubsetOf(mask.first(n - 1)));
  }

  @Test
  void coresFarOutAreSingleBits() {
    CoreMask mask = CoreMask.parse("0x1" + "0".repeat(50));
    assertArrayEquals(new int[] {200}, mask.cores().toArray());
    assertEquals("0x1" + "0".repeat(50), mask.format());
  }

  @Test
  void firstTakesTheLowest() {
    CoreMask mask = CoreMask.of(1, 70, 130, 5);
    assertEquals(CoreMask.of(), mask.first(0));
    assertEquals(CoreMask.of(1, 5), mask.first(2));
    assertEquals(CoreMask.of(1, 5, 70), mask.first(3));
    assertEquals(mask, mask.first(4));
    assertEquals(mask, mask.first(Integer.MAX_VALUE));
  }

  @Test
  void unionHoldsBothAndChangesNeither() {
    CoreMask low = CoreMask.of(0, 1);
    CoreMask high = CoreMask.of(1, 100);
    assertEquals(CoreMask.of(0, 1, 100), low.union(high));
    assertEquals(CoreMask.of(0, 1), low);
    assertEquals(CoreMask.of(1, 100), high);
    assertNotEquals(low, high);
  }

  @Test
  void theEmptyMaskIsASubsetOfAll() {
    CoreMask empty = CoreMask.parse("0x000");
    assertTrue(empty.isEmpty());
    assertEquals("0x0", empty.format());
    assertTrue(empty.isSubsetOf(empty));
    assertTrue(empty.isSubsetOf(CoreMask.of(3)));
    assertFalse(CoreMask.of(3).isSubsetOf(empty));
    assertFalse(empty.contains(-1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0x", "x1", "0xg", "0x 1", "-1", "+1", "1,2", "0-7", "0x0x1", "٣"})
  void refusesAnythingElse(String text) {
    assertThrows(IllegalArgumentException.class, () -> CoreMask.parse(text));
  }

  @Test
  void refusesNegativeNumbers() {
    assertThrows(IllegalArgumentException.class, () -> CoreMask.of(0, -1));
    assertThrows(IllegalArgumentException.class, () -> CoreMask.range(-1));
    assertThrows(IllegalArgumentException.class, () -> CoreMask.of(1).first(-1));
  }
}
