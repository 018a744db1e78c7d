package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.random.SipHash;

/** The flow table against a HashMap. */
class FlowTableTest {
  private record Key(int localAddress, int localPort, int remoteAddress, int remotePort) {
    static Key random(SplittableRandom random, int remotePorts) {
      return new Key(
          random.nextInt(2), random.nextInt(2), random.nextInt(3), random.nextInt(remotePorts));
    }

    Tcb connection() {
      Tcb c = new Connection(null);
      c.localAddress = localAddress;
      c.localPort = localPort;
      c.remoteAddress = remoteAddress;
      c.remotePort = remotePort;
      return c;
    }
  }

  private static Tcb find(FlowTable table, Key key) {
    return table.find(key.localAddress, key.localPort, key.remoteAddress, key.remotePort);
  }

  private static FlowTable table(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    return new FlowTable(new SipHash(random.nextLong(), random.nextLong()));
  }

  /** Near the sizes at which the table grows, so that probe runs are long. */
  @Test
  void behavesLikeAMap() {
    for (int seed = 0; seed < 30; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      FlowTable table = table(seed);
      Map<Key, Tcb> model = new HashMap<>();
      int remotePorts = 20 + random.nextInt(300);
      for (int i = 0; i < 40_000; i++) {
        String what = "seed " + seed + " step " + i;
        Key key = Key.random(random, remotePorts);
        Tcb known = model.get(key);
        assertSame(known, find(table, key), what);
        if (known == null) {
          Tcb c = key.connection();
          table.add(c);
          model.put(key, c);
        } else if (random.nextInt(3) != 0) {
          table.remove(known);
          model.remove(key);
          assertNull(find(table, key), what);
        }
        assertEquals(model.size(), table.size(), what);
      }
      int s = seed;
      model.forEach((key, c) -> assertSame(c, find(table, key), () -> "seed " + s));
    }
  }

  /** All go in, then out in another order: each removal closes its gap. */
  @Test
  void emptiesInAnyOrder() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      FlowTable table = table(seed);
      List<Tcb> left = new ArrayList<>();
      for (int port = 0; port < 511 + seed * 200; port++) {
        Tcb c = new Key(1, 80, random.nextInt(4), port).connection();
        table.add(c);
        left.add(c);
      }
      while (!left.isEmpty()) {
        Tcb c = left.remove(random.nextInt(left.size()));
        table.remove(c);
        if (left.size() % 16 == 0) {
          for (Tcb other : left) {
            assertSame(
                other,
                table.find(
                    other.localAddress, other.localPort, other.remoteAddress, other.remotePort),
                "seed " + seed + " with " + left.size());
          }
        }
      }
      assertEquals(0, table.size());
    }
  }

  @Test
  void visitsEachOnceThoughItRemovesThem() {
    FlowTable table = table(7);
    Set<Tcb> all = new HashSet<>();
    for (int port = 0; port < 5000; port++) {
      Tcb c = new Key(1, 80, 2, port).connection();
      table.add(c);
      all.add(c);
    }
    Set<Tcb> seen = new HashSet<>();
    table.forEach(
        c -> {
          seen.add(c);
          table.remove(c);
        });
    assertEquals(all, seen);
    assertEquals(0, table.size());
  }
}
