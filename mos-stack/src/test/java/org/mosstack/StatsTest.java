package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.CoreStats;
import org.mosstack.stats.Counter;
import org.mosstack.stats.DeviceStats;
import org.mosstack.stats.ListenerStats;
import org.mosstack.stats.QueueStats;
import org.mosstack.stats.StackStats;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** What {@link MosStack#stats()} reports is what happened. */
class StatsTest {
  private static final int PORT = 80;

  private static TcpConnection connect(StackPair pair, int core) throws IOException {
    return pair.client
        .core(core)
        .connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler());
  }

  @Test
  void countsCoresDevicesAndListeners() throws IOException {
    try (StackPair pair = StackPair.tapped(2, 1)) {
      pair.settle();
      StackStats before = pair.server.stats();
      TcpListener listener =
          pair.server.listen(Endpoint.any(PORT), 100, SocketOptions.DEFAULT, -1, (_, _) -> {});
      for (int i = 0; i < 10; i++) {
        connect(pair, i % 2);
      }
      pair.settle();
      StackStats now = pair.server.stats();
      assertEquals("test", now.application());
      assertEquals(2, now.cores().size());
      assertEquals(10, now.flows());
      assertEquals(10, now.cores().stream().mapToInt(CoreStats::connections).sum());
      assertEquals(10, now.count(Counter.TCP_PASSIVE_OPENS));
      assertEquals(10, now.totals().get(Counter.TCP_PASSIVE_OPENS));
      assertEquals(
          List.of(new ListenerStats("0.0.0.0", PORT, -1, 100, 0, 10, 10, 0)), now.listeners());
      assertEquals(List.of("dpdk0", "lo"), now.devices().stream().map(DeviceStats::name).toList());
      DeviceStats device = now.devices().getFirst();
      assertTrue(device.linkUp());
      assertEquals(
          pair.server.core(1).ports().counters(pair.server.devices().getFirst()).rxPackets(),
          device.queues().get(1).rxPackets());
      assertTrue(
          device.total(QueueStats::rxPackets)
              >= before.devices().getFirst().total(QueueStats::rxPackets) + 20,
          device.toString());
      // A snapshot taken earlier doesn't change.
      assertEquals(0, before.flows());
      assertEquals(List.of(), before.listeners());
      for (int core = 0; core < 2; core++) {
        while (listener.accept(core) != null) {
          // all of them
        }
      }
      assertEquals(0, pair.server.stats().listeners().getFirst().acceptQueue());
      listener.close();
      assertEquals(List.of(), pair.server.stats().listeners());
    }
  }

  @Test
  void countsWhatAFullQueueTurnsAway() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 2)) {
      pair.settle();
      pair.server.listen(Endpoint.any(PORT), 3, SocketOptions.DEFAULT, -1, (_, _) -> {});
      for (int i = 0; i < 5; i++) {
        connect(pair, 0);
        pair.settle();
      }
      ListenerStats listener = pair.server.stats().listeners().getFirst();
      assertEquals(3, listener.acceptQueue());
      assertEquals(3, listener.accepted());
      assertTrue(listener.dropped() >= 2, listener.toString());
      assertEquals(pair.server.count(Counter.DROP_TCP_ACCEPT_QUEUE_FULL), listener.dropped());
    }
  }

  /** In virtual time a turn takes 10 us, and that is what the meter reports. */
  @Test
  void turnsTakeWhatTheClockSays() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 3)) {
      pair.settle();
      CoreStats before = pair.server.stats().cores().getFirst();
      pair.server.listen(Endpoint.any(PORT), 10, SocketOptions.DEFAULT, -1, (_, _) -> {});
      connect(pair, 0);
      int turns = 0;
      int busy = 0;
      for (int idle = 0; idle < 3; turns++) {
        long worked = pair.server.stats().cores().getFirst().busyTurns();
        idle = pair.turn() == 0 ? idle + 1 : 0;
        busy += (int) (pair.server.stats().cores().getFirst().busyTurns() - worked);
      }
      CoreStats now = pair.server.stats().cores().getFirst();
      assertEquals(turns, now.turns() - before.turns());
      assertTrue(busy > 0);
      assertEquals(busy, now.latency().since(before.latency()).count());
      assertEquals(10_000L * now.latency().count(), now.latency().sumNanos());
      assertEquals(10_000, now.latency().maxNanos());
      assertEquals(10_000, now.latency().percentileNanos(50));
    }
  }

  @Test
  void isImmutable() {
    try (StackPair pair = StackPair.tapped(1, 4)) {
      StackStats stats = pair.server.stats();
      assertThrows(UnsupportedOperationException.class, () -> stats.cores().clear());
      assertThrows(UnsupportedOperationException.class, () -> stats.devices().clear());
      assertThrows(
          UnsupportedOperationException.class,
          () -> stats.cores().getFirst().counters().put(Counter.NO_MBUF, 1L));
      List<QueueStats> queues = new ArrayList<>();
      DeviceStats device = new DeviceStats("x", true, queues);
      queues.add(new QueueStats(0, 0, 0, 0, 0, 0, 0, 0));
      assertEquals(List.of(), device.queues());
    }
  }

  /** Another thread reads while this one drives the cores: counts never go back. */
  @Test
  void anyThreadMayReadWhileCoresRun() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 5)) {
      pair.server.listen(Endpoint.any(PORT), 10_000, SocketOptions.DEFAULT, -1, (_, _) -> {});
      CompletableFuture<String> reader =
          CompletableFuture.supplyAsync(
              () -> {
                long last = 0;
                for (int i = 0; i < 2000; i++) {
                  long sent = pair.server.stats().count(Counter.TCP_SEGMENTS_SENT);
                  if (sent < last) {
                    return sent + " after " + last;
                  }
                  last = sent;
                }
                return "";
              });
      for (int i = 0; i < 500 || !reader.isDone(); i++) {
        if (i < 500) {
          connect(pair, 0);
        }
        pair.turn();
      }
      assertEquals("", reader.join());
      pair.settle();
      assertEquals(500, pair.server.stats().flows());
    }
  }

  @Test
  void canBeReadAfterTheEnd() throws IOException {
    StackPair pair = StackPair.tapped(1, 6);
    pair.settle();
    pair.close();
    StackStats stats = pair.server.stats();
    assertEquals(0, stats.flows());
    assertEquals(0, stats.cores().getFirst().buffersInUse());
  }
}
