package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** A link does what its plan says, and leaks no buffer. */
class LinkDirectionTest {
  private static final int FRAME_BYTES = 1014;
  private static final int PACKETS = 20_000;
  private static final long SECOND = 1_000_000_000;

  private final MbufPool sender = new MbufPool(PACKETS * 2);
  private final MbufPool receiver = new MbufPool(PACKETS * 2);
  private final FaultLog faults = new FaultLog(Set.of());
  private final List<Long> times = new ArrayList<>();
  private final List<Integer> numbers = new ArrayList<>();
  private final FrameView seen = new FrameView();
  private long now;
  private int lost;
  private LinkPort in;
  private LinkPort out;

  private void link(LinkPlan plan) {
    WireWatcher nobody =
        new WireWatcher() {
          @Override
          public void sent(int direction, FrameView frame) {}

          @Override
          public void fate(String what, boolean isLost) {
            lost += isLost ? 1 : 0;
          }
        };
    SimLink link =
        new SimLink(() -> now, plan, new LinkPlan(), List.of(), 1500, false, 42, faults, nobody);
    in = link.client();
    out = link.server();
    in.attach(0, sender);
    out.attach(0, receiver);
  }

  @AfterEach
  void noBufferIsLost() {
    in.detach(0);
    out.detach(0);
    assertEquals(0, sender.inUse());
    assertEquals(0, receiver.inUse());
    sender.close();
    receiver.close();
  }

  private void send(int number, int tos) {
    long mbuf = sender.alloc();
    long frame = Mbuf.append(mbuf, FRAME_BYTES);
    EthernetHeader.write(frame, 1, 2, EthernetHeader.TYPE_IPV4);
    long ip = frame + EthernetHeader.BYTES;
    int length = FRAME_BYTES - EthernetHeader.BYTES;
    Ipv4Header.write(ip, tos, length, 0, 64, Ipv4Header.PROTOCOL_TCP, 1, 2);
    long tcp = ip + Ipv4Header.MIN_BYTES;
    Memory.zero(tcp, length - Ipv4Header.MIN_BYTES);
    TcpHeader.write(tcp, 1, 2, number, 0, TcpHeader.MIN_BYTES, TcpHeader.ACK, 1000);
    assertEquals(1, in.transmit(0, new long[] {mbuf}, 1));
  }

  private int marked;

  private void receiveUntil(long end) {
    long[] burst = new long[32];
    while (now < end) {
      int n = out.receive(0, burst, burst.length);
      for (int i = 0; i < n; i++) {
        seen.read(burst[i]);
        numbers.add(seen.seq);
        times.add(now);
        marked += (Ipv4Header.tos(seen.ip) & 3) == 3 ? 1 : 0;
        receiver.free(burst[i]);
      }
      if (n == 0) {
        now = Math.min(end, out.nextDeadlineNanos(0));
      }
    }
  }

  private void sendAll(int count, long gapNanos) {
    for (int i = 0; i < count; i++) {
      send(i, 0);
      receiveUntil(now + gapNanos);
    }
    receiveUntil(now + 10 * SECOND);
  }

  private long count(FaultKind kind) {
    return faults.counts().getOrDefault(kind, 0L);
  }

  @Test
  void delay() {
    link(new LinkPlan().delay(7_000_000, 0));
    sendAll(1, 1);
    assertEquals(List.of(7_000_000L), times);
  }

  @Test
  void jitterKeepsTheOrder() {
    link(new LinkPlan().delay(1_000, 50_000_000));
    sendAll(1000, 1_000_000);
    for (int i = 0; i < 1000; i++) {
      assertEquals(i, numbers.get(i));
    }
    assertTrue(times.get(500) > 500_000_000L + 10_000_000);
  }

  @Test
  void loss() {
    link(new LinkPlan().loss(0.1));
    sendAll(PACKETS, 1000);
    assertEquals(PACKETS - numbers.size(), count(FaultKind.LOSS));
    assertEquals(0.1, count(FaultKind.LOSS) / (double) PACKETS, 0.01);
  }

  /** Bursts of five on average, with as many packets lost as the two probabilities imply. */
  @Test
  void bursts() {
    link(new LinkPlan().bursts(0.01, 0.2, 1));
    sendAll(PACKETS, 1000);
    double lost = count(FaultKind.BURST) / (double) PACKETS;
    assertEquals(0.01 / 0.21, lost, 0.01);
    int bursts = 0;
    int last = -1;
    for (int number : numbers) {
      bursts += number > last + 1 ? 1 : 0;
      last = number;
    }
    assertEquals(5, (double) count(FaultKind.BURST) / bursts, 1);
  }

  /** A burst that no packet ends is over after ten seconds. */
  @Test
  void aBurstEndsInTime() {
    link(new LinkPlan().bursts(1, 0, 1));
    sendAll(22, SECOND);
    assertEquals(List.of(10, 21), numbers);
  }

  @Test
  void everyNth() {
    link(new LinkPlan().everyNth(4));
    sendAll(100, 1000);
    assertEquals(75, numbers.size());
    assertTrue(!numbers.contains(3) && !numbers.contains(7) && numbers.contains(4));
  }

  @Test
  void targetsTheFirstOfAFlow() {
    link(new LinkPlan().target(Target.DATA, 3));
    sendAll(10, 1000);
    assertEquals(List.of(3, 4, 5, 6, 7, 8, 9), numbers);
  }

  @Test
  void duplicatesAndReorders() {
    link(new LinkPlan().duplicate(0.2).reorder(0.2, 50_000));
    sendAll(PACKETS / 2, 10_000);
    assertEquals(PACKETS / 2 + count(FaultKind.DUPLICATE), numbers.size());
    assertEquals(0.2, count(FaultKind.DUPLICATE) / (PACKETS / 2.0), 0.02);
    int overtaken = 0;
    for (int i = 1; i < numbers.size(); i++) {
      overtaken += numbers.get(i) < numbers.get(i - 1) ? 1 : 0;
    }
    assertTrue(overtaken > PACKETS / 20, "overtaken " + overtaken);
  }

  /** One of two copies arrives as it was sent. */
  @Test
  void corruptedOnesAreLostUnlessTheyComeTwice() {
    link(new LinkPlan().duplicate(0.2).corrupt(1));
    sendAll(1000, 10_000);
    assertEquals(1000, count(FaultKind.CORRUPT));
    assertTrue(count(FaultKind.DUPLICATE) > 100);
    assertEquals(1000 - count(FaultKind.DUPLICATE), lost);
  }

  @Test
  void rate() {
    link(new LinkPlan().rate(8_000_000, 1 << 20));
    for (int i = 0; i < 100; i++) {
      send(i, 0);
    }
    receiveUntil(SECOND);
    assertEquals(100, numbers.size());
    assertEquals(FRAME_BYTES * 1000L * 100, times.getLast());
  }

  @Test
  void queue() {
    link(new LinkPlan().rate(8_000_000, 10 * FRAME_BYTES).markFrom(5 * FRAME_BYTES - 1));
    for (int i = 0; i < 100; i++) {
      send(i, i % 2 == 0 ? 1 : 0);
    }
    receiveUntil(SECOND);
    assertEquals(10, numbers.size());
    assertEquals(90, count(FaultKind.OVERFLOW));
    assertEquals(2, marked, "of the last five those that can be marked: 6 and 8");
  }
}
