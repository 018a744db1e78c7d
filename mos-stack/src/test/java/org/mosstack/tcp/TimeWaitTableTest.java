package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.mosstack.ip.Ticket;
import org.mosstack.random.SipHash;
import org.mosstack.sim.HeapHistogram;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/** The TIME_WAIT records against a map in the order in which they end. */
class TimeWaitTableTest {
  private static final String INT_ARRAYS = "[I";
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;
  private static final long START = 77_777_777_777L;
  private static final int LOCAL = 0x0A00_0001;
  private static final int REMOTE = 0x0A00_0002;

  private final FlowTable flows = new FlowTable(new SipHash(5, 6));
  private final Counters counters = new Counters();
  private final ListenerTable listeners = new ListenerTable(3, new SplittableRandom(7));
  private final FlowPlacement placement =
      new FlowPlacement(null, listeners, new MovedFlows(0, flows, 10), null, counters);
  private long now = START;

  private TimeWaitTable table(int maxConnections, long timeWaitNanos) {
    return new TimeWaitTable(
        flows, new TakenPorts(), placement, maxConnections, timeWaitNanos, START, counters);
  }

  private Tcb connection(int port, int remotePort) {
    Tcb c = new Connection(null);
    c.localAddress = LOCAL;
    c.localPort = port;
    c.remoteAddress = REMOTE;
    c.remotePort = remotePort;
    c.flowHash = flows.hash(LOCAL, port, REMOTE, remotePort);
    c.sndMax = 31 * port + remotePort;
    return c;
  }

  private static int find(TimeWaitTable table, int port, int remotePort) {
    return table.find(LOCAL, port, REMOTE, remotePort);
  }

  private record Key(int port, int remotePort) {}

  @Test
  void behavesLikeAMapInOrderOfTheEnds() {
    for (int seed = 0; seed < 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      TimeWaitTable table = table(1, 2 * SECOND);
      Map<Key, Long> ends = new LinkedHashMap<>();
      int ports = 100 + random.nextInt(2000);
      for (int i = 0; i < 20_000; i++) {
        now += random.nextLong(2 * MILLI);
        String what = "seed " + seed + " step " + i;
        expire(table, ends, what);
        Key key = new Key(random.nextInt(2), 60_000 + random.nextInt(ports));
        int record = find(table, key.port, key.remotePort);
        assertEquals(ends.containsKey(key), record != TimeWaitTable.NONE, what);
        if (record == TimeWaitTable.NONE) {
          table.add(connection(key.port, key.remotePort), now);
          ends.put(key, now + 2 * SECOND);
          continue;
        }
        assertEquals(31 * key.port + key.remotePort, table.sndNxt(record), what);
        assertEquals(key.remotePort, table.remotePort(record), what);
        ends.remove(key);
        if (random.nextBoolean()) {
          table.remove(record);
        } else {
          table.restart(record, now);
          ends.put(key, now + 2 * SECOND);
        }
      }
      now += 3 * SECOND;
      expire(table, ends, "seed " + seed);
      assertEquals(0, table.size());
      assertEquals(Long.MAX_VALUE, table.nextDeadlineNanos(now));
    }
  }

  /** Each ends at most two milliseconds late, and the table says when to look. */
  private void expire(TimeWaitTable table, Map<Key, Long> ends, String what) {
    while (table.advance(now) > 0) {
      assertTrue(table.size() >= 0, what);
    }
    for (Iterator<Long> i = ends.values().iterator(); i.hasNext(); ) {
      long end = i.next();
      boolean over = table.size() < ends.size();
      assertTrue(over ? now >= end : now < end + 2 * MILLI, what + ", off by " + (now - end));
      if (!over) {
        long deadline = table.nextDeadlineNanos(now);
        assertTrue(deadline > now && deadline <= end + 2 * MILLI, what);
        break;
      }
      i.remove();
    }
    assertEquals(ends.size(), table.size(), what);
  }

  @Test
  void theOldestGivesWay() {
    TimeWaitTable table = table(1, 60 * SECOND);
    int limit = TimeWaitTable.MIN_LIMIT;
    for (int i = 0; i < limit; i++) {
      table.add(connection(80, i), now);
    }
    table.restart(find(table, 80, 0), now); // no longer the oldest
    for (int i = 0; i < 3; i++) {
      table.add(connection(81, i), now);
    }
    assertEquals(limit, table.size());
    assertEquals(3, counters.get(Counter.TCP_TIME_WAIT_EVICTED));
    List<Integer> gone = new ArrayList<>();
    for (int i = 0; i < limit; i++) {
      if (find(table, 80, i) == TimeWaitTable.NONE) {
        gone.add(i);
      }
    }
    assertEquals(List.of(1, 2, 3), gone);
  }

  @Test
  void aRecordTakesLittleAndNothingIsKeptOfMany() {
    TimeWaitTable table = table(100_000, 60 * SECOND);
    int limit = TimeWaitTable.limit(100_000);
    assertEquals(400_000, limit);
    Tcb c = connection(80, 0);
    final long before = HeapHistogram.bytes(INT_ARRAYS); // exact with any collector
    for (int i = 0; i < limit; i++) {
      c.localPort = 80 + i / 0x10000;
      c.remotePort = i & 0xFFFF;
      c.flowHash = flows.hash(LOCAL, c.localPort, REMOTE, c.remotePort);
      table.add(c, now);
    }
    double onHeap = (double) (HeapHistogram.bytes(INT_ARRAYS) - before) / limit;
    assertTrue(onHeap < 80, onHeap + " bytes of the heap for each record");
    double each = (double) table.bytes() / limit;
    assertEquals(onHeap, each, 2);
    now += 61 * SECOND;
    int turns = 0;
    while (table.advance(now) > 0) {
      turns++;
    }
    assertTrue(turns > 100, "ended in " + turns + " turns");
    assertEquals(0, table.size());
    assertTrue(table.bytes() < 20_000, table.bytes() + " bytes are kept");
  }

  /** The core that passes on a flow's packets knows the flow as long as the record lasts. */
  @Test
  void theEndOfAMovedFlowsRecordIsTold() {
    MovedFlows arrival = new MovedFlows(2, flows, 100_000);
    listeners.movedFlows(2, arrival);
    TimeWaitTable table = table(1, 60 * SECOND);
    int limit = TimeWaitTable.limit(1);
    for (int i = 0; i <= limit; i++) {
      Tcb c = connection(i % 60_000, 443 + i / 60_000);
      if (i % 3 == 0) {
        c.ticket = arrival.offer(LOCAL, c.localPort, REMOTE, c.remotePort, 0, now);
        assertTrue(arrival.claim(c.ticket));
      }
      table.add(c, now);
      assertEquals(Ticket.NONE, c.ticket);
    }
    assertEquals(Ticket.NONE, arrival.find(LOCAL, 0, REMOTE, 443), "evicted");
    assertNotEquals(Ticket.NONE, arrival.find(LOCAL, 3, REMOTE, 443));
    table.remove(table.find(LOCAL, 3, REMOTE, 443));
    assertEquals(Ticket.NONE, arrival.find(LOCAL, 3, REMOTE, 443), "removed");
    int record = table.find(LOCAL, 6, REMOTE, 443);
    long ticket = table.takeTicket(record);
    assertEquals(ticket, arrival.find(LOCAL, 6, REMOTE, 443));
    table.remove(record);
    assertEquals(ticket, arrival.find(LOCAL, 6, REMOTE, 443), "another's");
    table.clear();
    for (int i = 9; i < limit; i += 3) {
      assertEquals(Ticket.NONE, arrival.find(LOCAL, i, REMOTE, 443));
    }
    assertEquals(1, arrival.size());
  }
}
