package org.mosstack.ip;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PathTableTest {
  private final IpFixture fixture = new IpFixture();
  private final List<Path> evicted = new ArrayList<>();

  @AfterEach
  void close() {
    fixture.close();
  }

  private Path path(int nextHop, Path.State state, long used) {
    Path path = new Path(fixture.if0, nextHop, IpFixture.US);
    path.state = state;
    path.usedNanos = used;
    return path;
  }

  @Test
  void interfacesAreToldApart() {
    PathTable table = new PathTable(8, 1, evicted::add);
    Path one = path(1, Path.State.NONE, 0);
    Path other = new Path(fixture.if1, 1, IpFixture.US_1);
    table.insert(one, 0);
    assertNull(table.find(fixture.if1, 1));
    table.insert(other, 0);
    assertSame(one, table.find(fixture.if0, 1));
    assertSame(other, table.find(fixture.if1, 1));
  }

  @Test
  void agreesWithAMapWhileItGrowsAndGivesUp() {
    for (int seed = 1; seed <= 50; seed++) {
      evicted.clear();
      SplittableRandom random = new SplittableRandom(seed);
      PathTable table = new PathTable(1 + random.nextInt(300), seed * 0x9E3779B9, evicted::add);
      Map<Integer, Path> expected = new HashMap<>();
      for (int i = 0; i < 3000; i++) {
        int nextHop = random.nextInt(500) * 0x01000100; // little variety in the low bits
        Path found = table.find(fixture.if0, nextHop);
        assertSame(expected.get(nextHop), found, "seed " + seed + ", step " + i);
        if (found == null) {
          Path path = path(nextHop, Path.State.REACHABLE, random.nextLong(1000));
          table.insert(path, 1000);
          evicted.forEach(each -> assertNotNull(expected.remove(each.nextHop)));
          evicted.clear();
          expected.put(nextHop, path);
        }
        assertEquals(expected.size(), table.size(), "seed " + seed);
      }
    }
  }

  @Test
  void givesUpWhoNeverAnsweredBeforeWhoIsInUse() {
    PathTable table = new PathTable(4, 77, evicted::add);
    long now = 100 * IpFixture.SECOND;
    table.insert(path(1, Path.State.REACHABLE, now - 50 * IpFixture.SECOND), now);
    table.insert(path(2, Path.State.INCOMPLETE, now), now);
    table.insert(path(3, Path.State.NONE, now), now);
    table.insert(path(4, Path.State.REACHABLE, now - 60 * IpFixture.SECOND), now);
    for (int i = 5; i < 9; i++) {
      table.insert(path(i, Path.State.REACHABLE, now), now);
    }
    assertEquals(List.of(3, 2, 4, 1), evicted.stream().map(Path::nextHop).toList());
    assertTrue(table.size() == 4);
  }

  @Test
  void searchWithoutMatchEndsAtTheLimit() {
    PathTable table = new PathTable(4096, 3, evicted::add);
    for (int i = 0; i < 10_000; i++) {
      table.insert(path(i, Path.State.NONE, i), i);
    }
    assertEquals(4096, table.size());
    assertEquals(10_000 - 4096, evicted.size());
    assertNull(table.find(fixture.if0, -1));
  }
}
