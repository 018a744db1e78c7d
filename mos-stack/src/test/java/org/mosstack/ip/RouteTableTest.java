package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.testkit.Frames;

class RouteTableTest {
  private static int ip(String dotted) {
    return Frames.ip(dotted);
  }

  private static void assertRoute(RouteTable table, String to, int interfaceIndex, String gateway) {
    int route = table.find(ip(to));
    assertEquals(interfaceIndex, table.interfaceIndex(route), to);
    assertEquals(ip(gateway), table.gateway(route), to);
  }

  @Test
  void longestPrefixWins() {
    RouteTable table =
        RouteTable.builder()
            .route(ip("0.0.0.0"), 0, 0, ip("10.0.0.254"))
            .route(ip("10.0.0.0"), 8, 1, ip("172.16.0.1"))
            .route(ip("10.2.0.0"), 16, 1, ip("172.16.0.2"))
            .route(ip("10.2.3.0"), 24, 2, 0)
            .route(ip("10.2.3.4"), 32, 3, ip("9.9.9.9"))
            .route(ip("200.0.0.0"), 8, 4, ip("172.16.0.4"))
            .onLink(0, ip("10.0.0.1"), 24)
            .build();
    assertRoute(table, "8.8.8.8", 0, "10.0.0.254");
    assertRoute(table, "10.9.9.9", 1, "172.16.0.1");
    assertRoute(table, "10.2.9.9", 1, "172.16.0.2");
    assertRoute(table, "10.2.3.3", 2, "0.0.0.0");
    assertRoute(table, "10.2.3.4", 3, "9.9.9.9");
    assertRoute(table, "200.1.2.3", 4, "172.16.0.4");
    assertRoute(table, "10.0.0.77", 0, "0.0.0.0");
    assertRoute(table, "255.0.0.0", 0, "10.0.0.254");
  }

  @Test
  void saysWhenThereIsNone() {
    assertEquals(-1, RouteTable.builder().build().find(ip("10.0.0.1")));
    RouteTable table = RouteTable.builder().onLink(0, ip("10.0.0.1"), 24).build();
    assertEquals(-1, table.find(ip("10.0.1.1")));
    assertEquals(-1, table.find(ip("9.255.255.255")));
    assertRoute(table, "10.0.0.255", 0, "0.0.0.0");
  }

  @Test
  void configuredRouteReplacesTheLinksOwn() {
    RouteTable table =
        RouteTable.builder()
            .onLink(0, ip("10.0.0.1"), 24)
            .route(ip("10.0.0.0"), 24, 1, ip("10.0.0.9"))
            .onLink(2, ip("10.0.0.3"), 24)
            .build();
    assertRoute(table, "10.0.0.5", 1, "10.0.0.9");
    RouteTable twoLinks =
        RouteTable.builder().onLink(3, ip("10.0.0.1"), 24).onLink(2, ip("10.0.0.3"), 24).build();
    assertRoute(twoLinks, "10.0.0.5", 3, "0.0.0.0");
  }

  @Test
  void bitsBehindThePrefixDoNotCount() {
    RouteTable table = RouteTable.builder().route(ip("10.1.2.3"), 16, 0, 0).build();
    assertRoute(table, "10.1.200.200", 0, "0.0.0.0");
  }

  @Test
  void refusesContradictions() {
    RouteTable.Builder builder = RouteTable.builder().route(ip("10.1.0.0"), 16, 0, 0);
    builder.route(ip("10.1.0.0"), 16, 0, 0); // a repetition isn't a contradiction
    assertThrows(IllegalArgumentException.class, () -> builder.route(ip("10.1.9.9"), 16, 1, 0));
    assertThrows(IllegalArgumentException.class, () -> builder.route(0, 33, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> builder.route(0, -1, 0, 0));
    assertThrows(IllegalArgumentException.class, () -> builder.route(0, 0, -1, 0));
  }

  private record Prefix(int network, int length) {}

  @Test
  void agreesWithAPlainSearch() {
    for (long seed = 1; seed <= 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      Map<Prefix, Integer> routes = new LinkedHashMap<>();
      RouteTable.Builder builder = RouteTable.builder();
      for (int i = 0; i < 60; i++) {
        int length = random.nextInt(33);
        int mask = length == 0 ? 0 : -1 << 32 - length;
        int network = random.nextInt() & 0xC1000003 & mask;
        if (routes.putIfAbsent(new Prefix(network, length), i) == null) {
          builder.route(network, length, i, i + 1);
        }
      }
      RouteTable table = builder.build();
      for (int i = 0; i < 500; i++) {
        int destination = random.nextInt() & 0xC1000003;
        int best = -1;
        int bestLength = -1;
        for (Map.Entry<Prefix, Integer> each : routes.entrySet()) {
          int length = each.getKey().length;
          int mask = length == 0 ? 0 : -1 << 32 - length;
          if ((destination & mask) == each.getKey().network && length > bestLength) {
            best = each.getValue();
            bestLength = length;
          }
        }
        int route = table.find(destination);
        int found = route < 0 ? -1 : table.interfaceIndex(route);
        assertEquals(best, found, "seed " + seed + ", " + Integer.toHexString(destination));
        if (route >= 0) {
          assertEquals(best + 1, table.gateway(route), "seed " + seed);
        }
      }
    }
  }
}
