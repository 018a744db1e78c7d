package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.mosstack.device.Rss;

/** Ports whose receive-side scaling can't be set, or can't be read. */
class PortRssTest {
  private static final int ENOTSUP = -95;
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

  /** As ENA does on several instance types. */
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
