package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Rss;

/** Ports whose receive-side scaling can't be set, or can't be read. */
class PortRssTest {
  private static final int ENOTSUP = -95;
  private static final int EINVAL = -22;
  private static final byte[] KEY = new byte[Rss.KEY_BYTES];
  private static final int[] TABLE = {0, 1, 0, 1};

  private final List<String> asked = new ArrayList<>();

  private static PortRss read(int keyResult, byte[] key, int tableResult, int[] table) {
    return PortRss.of(
        errno -> "errno " + errno,
        new PortRss.Answer<>(keyResult, key),
        new PortRss.Answer<>(tableResult, table),
        2);
  }

  private static void expectProblem(String problem, PortRss told) {
    assertTrue(told.rss().isEmpty());
    assertEquals(problem, told.problem());
  }

  @Test
  void aPortThatTells() {
    PortRss told = read(0, KEY, 0, TABLE);
    assertNull(told.problem());
    assertArrayEquals(TABLE, told.rss().orElseThrow().reta());
  }

  /** Like ENA on several instance types. */
  @Test
  void aPortThatDoesNotTell() {
    expectProblem(
        "the port doesn't tell its hash key: errno -95", read(ENOTSUP, new byte[0], 0, TABLE));
    expectProblem(
        "the port doesn't tell its redirection table: errno -95", read(0, KEY, ENOTSUP, TABLE));
  }

  @Test
  void aPortThatTellsNonsense() {
    expectProblem(
        "the port has a hash key of 0 bytes, at least 40", read(0, new byte[0], 0, TABLE));
    expectProblem(
        "the port has a redirection table of 3 entries, a power of two",
        read(0, KEY, 0, new int[3]));
    expectProblem(
        "the port's redirection table names queue 2 of 2", read(0, KEY, 0, new int[] {0, 2}));
  }

  /** Drivers' rss_hash_conf_get: what they write, and for which lengths. */
  private static PortRss.KeyQuery driver(int least, int most, byte[] writes, boolean setsLength) {
    return (key, length) -> {
      if (length[0] < least || length[0] > most) {
        return EINVAL;
      }
      System.arraycopy(writes, 0, key, 0, writes.length);
      length[0] = setsLength ? writes.length : length[0];
      return 0;
    };
  }

  private static byte[] keyOf(int bytes) {
    byte[] key = new byte[bytes];
    new SplittableRandom(4).nextBytes(key);
    return key;
  }

  private static void expectKey(byte[] expected, PortRss.Answer<byte[]> answer) {
    assertEquals(0, answer.result());
    assertArrayEquals(expected, answer.value());
  }

  @Test
  void aDriverThatSaysHowLongTheKeyIs() {
    expectKey(keyOf(52), PortRss.key(driver(52, 255, keyOf(52), true), 52));
    expectKey(keyOf(40), PortRss.key(driver(0, 255, keyOf(40), true), 52));
  }

  /** Like ixgbe and igb up to DPDK 25.11. */
  @Test
  void aDriverThatLeavesTheLengthAsItWas() {
    expectKey(keyOf(40), PortRss.key(driver(0, 255, keyOf(40), false), 40));
  }

  /** Like igc. */
  @Test
  void aDriverThatWantsTheVeryLength() {
    expectKey(keyOf(40), PortRss.key(driver(40, 40, keyOf(40), false), 40));
    assertEquals(EINVAL, PortRss.key(driver(40, 40, keyOf(40), false), 52).result());
  }

  @Test
  void aDriverThatLeavesTheKeyOut() {
    expectKey(new byte[0], PortRss.key(driver(0, 255, new byte[0], false), 40));
    expectKey(new byte[0], PortRss.key(driver(0, 255, new byte[0], true), 40));
    expectKey(new byte[0], PortRss.key(driver(0, 255, new byte[40], true), 40));
  }

  private PortRss.Accepted configure(byte[] key, String... accepted) {
    return PortRss.configure(
        (given, spreads) -> {
          String wanted = (given == null ? "no key" : "key") + (spreads ? ", rss" : "");
          asked.add(wanted);
          return List.of(accepted).contains(wanted) ? 0 : ENOTSUP;
        },
        key);
  }

  @Test
  void lessIsAskedForWhenThePortRefuses() {
    assertEquals(PortRss.Accepted.OUR_KEY, configure(KEY, "key, rss", "no key, rss", "no key"));
    assertEquals(List.of("key, rss"), asked);
    assertEquals(PortRss.Accepted.ITS_KEY, configure(KEY, "no key, rss", "no key"));
    assertEquals(PortRss.Accepted.QUEUES_ONLY, configure(KEY, "no key"));
    assertEquals(PortRss.Accepted.NOTHING, configure(KEY));
    asked.clear();
    assertEquals(PortRss.Accepted.QUEUES_ONLY, configure(null, "no key"));
    assertEquals(List.of("no key"), asked);
  }
}
