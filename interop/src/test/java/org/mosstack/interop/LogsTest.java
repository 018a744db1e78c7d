package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class LogsTest {
  private static final List<String> DOWN_AND_UP = List.of("link down", "link up");

  @Test
  void othersMayBeBetween() {
    List<String> lines = List.of("1 link up", "2 link down", "3 ARP", "4 link up");
    assertTrue(Logs.inOrder(lines, DOWN_AND_UP));
  }

  @Test
  void whatCameBeforeDoesNotCount() {
    assertFalse(Logs.inOrder(List.of("1 link up", "2 link down"), DOWN_AND_UP));
  }

  @Test
  void eachCountsOnce() {
    List<String> twice = List.of("link down", "link down");
    assertFalse(Logs.inOrder(List.of("1 link down"), twice));
    assertTrue(Logs.inOrder(List.of("1 link down", "2 link down"), twice));
  }
}
