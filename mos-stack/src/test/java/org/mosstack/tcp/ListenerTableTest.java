package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.BindException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.SocketOptions;

/** Who may bind alongside whom, and who gets a SYN. */
class ListenerTableTest {
  private static final int CORES = 4;
  private static final int A = 0x0A00_0001;
  private static final int B = 0x0A00_0002;
  private static final int C = 0x0A00_0003;
  private static final int ANY = 0;
  private static final int EXCLUSIVE = -1;

  private final ListenerTable table = new ListenerTable(CORES, new SplittableRandom(4));
  private final SplittableRandom random = new SplittableRandom(3);

  private Listener bind(int address, int port, int reusePortCore) throws BindException {
    return table.bind(address, port, 1, SocketOptions.DEFAULT, reusePortCore, (_, _) -> {}, random);
  }

  @Test
  void conflicts() throws BindException {
    bind(A, 80, EXCLUSIVE);
    bind(B, 80, EXCLUSIVE);
    bind(A, 81, EXCLUSIVE);
    BindException taken = assertThrows(BindException.class, () -> bind(A, 80, EXCLUSIVE));
    assertEquals("Address already in use: 10.0.0.1:80", taken.getMessage());
    BindException all = assertThrows(BindException.class, () -> bind(ANY, 80, EXCLUSIVE));
    assertEquals("Address already in use: 0.0.0.0:80", all.getMessage());
    assertThrows(BindException.class, () -> bind(A, 80, 0));
    bind(ANY, 90, EXCLUSIVE);
    assertThrows(BindException.class, () -> bind(A, 90, EXCLUSIVE));
  }

  @Test
  void reusePortSharesWithReusePortOnly() throws BindException {
    bind(ANY, 80, 0);
    bind(ANY, 80, 1);
    bind(ANY, 80, 1);
    bind(A, 80, 2);
    assertThrows(BindException.class, () -> bind(ANY, 80, EXCLUSIVE));
    assertThrows(BindException.class, () -> bind(A, 80, EXCLUSIVE));
  }

  @Test
  void aClosedListenerLeavesItsPlace() throws BindException {
    Listener first = bind(A, 80, EXCLUSIVE);
    assertTrue(table.isBound(80));
    first.close();
    first.close();
    assertTrue(first.isClosed());
    assertFalse(table.isBound(80));
    assertNull(table.find(A, 80, 0, 0));
    Listener second = bind(A, 80, EXCLUSIVE);
    first.close();
    assertSame(second, table.find(A, 80, 0, 0));
  }

  @Test
  void theVeryAddressComesBeforeAll() throws BindException {
    Listener all = bind(ANY, 80, 0);
    Listener own = bind(A, 80, 1);
    for (int core = 0; core < CORES; core++) {
      assertSame(own, table.find(A, 80, core, 7 * core), "core " + core);
      assertSame(all, table.find(B, 80, core, 7 * core), "core " + core);
    }
    assertNull(table.find(A, 81, 0, 0));
  }

  @Test
  void theCoresOwnListenerComesBeforeTheOthers() throws BindException {
    Listener[] own = {bind(ANY, 80, 0), bind(ANY, 80, 1), bind(ANY, 80, 2)};
    for (int hash = -20; hash < 20; hash++) {
      for (int core = 0; core < own.length; core++) {
        assertSame(own[core], table.find(A, 80, core, hash));
      }
    }
    // Core 3 has none: the hash spreads its flows, each flow always to the same listener.
    Set<Listener> used = new HashSet<>();
    for (int hash = -50; hash < 50; hash++) {
      Listener found = table.find(A, 80, 3, hash);
      assertNotNull(found);
      assertSame(found, table.find(A, 80, 3, hash));
      used.add(found);
    }
    assertEquals(Set.of(own), used);
  }

  @Test
  void freePorts() throws BindException {
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < 5000; i++) {
      int port = bind(ANY, 0, EXCLUSIVE).port;
      assertTrue(port >= 1024 && port <= 65535, "port " + port);
      assertTrue(seen.add(port), "port " + port + " twice");
    }
  }

  @Test
  void theLastFreePortIsFound() throws BindException {
    for (int port = 1024; port < 65536; port++) {
      if (port != 40_000) {
        bind(ANY, port, 0);
      }
    }
    assertEquals(40_000, bind(A, 0, EXCLUSIVE).port);
    BindException none = assertThrows(BindException.class, () -> bind(A, 0, EXCLUSIVE));
    assertEquals("Address already in use: no free port on 10.0.0.1", none.getMessage());
    assertEquals(40_000, bind(B, 0, EXCLUSIVE).port, "free on another address");
  }

  private record Bound(int address, int port, boolean reuse, Listener listener) {
    boolean clashes(int address, int port, boolean reuse) {
      return port == this.port
          && (address == this.address || address == ANY || this.address == ANY)
          && !(reuse && this.reuse);
    }
  }

  @Test
  void behavesLikeAList() {
    int[] addresses = {ANY, A, B};
    for (int seed = 0; seed < 100; seed++) {
      SplittableRandom choices = new SplittableRandom(seed);
      ListenerTable tested = new ListenerTable(CORES, new SplittableRandom(4));
      List<Bound> model = new ArrayList<>();
      for (int i = 0; i < 300; i++) {
        String what = "seed " + seed + " step " + i;
        int address = addresses[choices.nextInt(3)];
        int port = 80 + choices.nextInt(4);
        int core = choices.nextInt(-2, CORES);
        if (choices.nextInt(3) == 0 && !model.isEmpty()) {
          model.remove(choices.nextInt(model.size())).listener().close();
        } else {
          boolean clash = model.stream().anyMatch(b -> b.clashes(address, port, core >= 0));
          try {
            Listener l =
                tested.bind(
                    address,
                    port,
                    1,
                    SocketOptions.DEFAULT,
                    Math.max(core, -1),
                    (_, _) -> {},
                    random);
            assertFalse(clash, what);
            model.add(new Bound(address, port, core >= 0, l));
          } catch (BindException _) {
            assertTrue(clash, what);
          }
        }
        checkFind(tested, model, choices, what);
      }
    }
  }

  private static void checkFind(
      ListenerTable tested, List<Bound> model, SplittableRandom choices, String what) {
    int address = new int[] {A, B, C}[choices.nextInt(3)];
    int port = 80 + choices.nextInt(4);
    int core = choices.nextInt(CORES);
    Listener found = tested.find(address, port, core, choices.nextInt());
    List<Listener> candidates = listenersOn(model, address, port);
    if (candidates.isEmpty()) {
      candidates = listenersOn(model, ANY, port);
    }
    List<Listener> own = candidates.stream().filter(l -> l.reusePortCore == core).toList();
    List<Listener> allowed = own.isEmpty() ? candidates : own;
    assertTrue(allowed.isEmpty() ? found == null : allowed.contains(found), what);
  }

  private static List<Listener> listenersOn(List<Bound> model, int address, int port) {
    return model.stream()
        .filter(b -> b.address == address && b.port == port)
        .map(Bound::listener)
        .toList();
  }
}
