package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.StackPair;

/**
 * Flows served by cores other than the ones they arrive on, while the set of serving cores changes
 * and strangers send arbitrary packets.
 */
class ServingCoresTest extends ServingCoresTestBase {
  @Test
  void spoofedSynsKillNobodyWhateverServesToday() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(20);
    serve(3);
    connectAndAccept(20);
    exchange();
    for (int[] today : new int[][] {{0, 2}, {1}, {2, 3}, {}}) {
      serve(today);
      for (Flow flow : flows.values()) {
        stacks.serverTap.inject(
            arrivalCore(flow), segment(flow, random.nextInt(), 0, TcpHeader.SYN));
      }
      stacks.run(3);
    }
    exchange();
    expectAllAlive(2 * BYTES);
    assertEquals(4L * flows.size(), stacks.server.count(Counter.DROP_TCP_SYN_CHALLENGED));
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1 || f.servedBy == 3));
  }

  /** The client hears nothing, and repeats its SYN after the serving cores have changed. */
  @Test
  void aSynRepeatedAfterAChangeOpensNoSecondConnection() throws IOException {
    start(1000, "");
    serve(1);
    boolean[] deaf = {true};
    stacks.clientTap.lose(frame -> deaf[0] && isTcp(frame));
    connect(24);
    stacks.run(0.5);
    serve(0, 2);
    deaf[0] = false;
    stacks.run(4);
    serve(3);
    for (Flow flow : flows.values()) { // and once more, late, as the network might
      stacks.serverTap.inject(arrivalCore(flow), flow.syn);
    }
    exchange();
    expectAllAlive(BYTES);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1));
    expectNothingLeft();
  }

  /** A router's error arrives on any queue, chosen by its addresses only. */
  @Test
  void icmpErrorsFindMovedFlows() throws IOException {
    int mtu = 1000;
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    serve(2);
    connectAndAccept(16);
    Set<Integer> told = new HashSet<>();
    int[] large = new int[1];
    stacks.clientTap.lose(
        frame -> {
          if (!isTcp(frame) || frame.length <= ETHERNET + mtu) {
            return false;
          }
          large[0]++;
          if (told.add(ByteBuffer.wrap(frame).getShort(TCP + 2) & 0xFFFF)) {
            stacks.serverTap.inject(told.size() % CORES, fragmentationNeeded(frame, mtu));
          }
          return true;
        });
    exchange();
    expectAllAlive(BYTES);
    assertEquals(flows.size(), told.size());
    assertEquals(0, stacks.server.count(Counter.DROP_ICMP_IGNORED));
    assertEquals(0, stacks.server.count(Counter.TCP_MTU_BLACK_HOLES));
    large[0] = 0;
    exchange();
    expectAllAlive(2 * BYTES);
    assertEquals(0, large[0], "larger than the path takes");
  }

  private static byte[] fragmentationNeeded(byte[] packet, int mtu) {
    ByteBuffer frame = ByteBuffer.allocate(ETHERNET + 20 + 8 + 28);
    frame.put(packet, 6, 6).put(packet, 0, 6).putShort((short) 0x0800);
    frame.put((byte) 0x45).put((byte) 0).putShort((short) (20 + 8 + 28)).putInt(0);
    frame.put((byte) 64).put((byte) 1).putShort((short) 0);
    frame.putInt(StackPair.CLIENT_ADDRESS + 7).putInt(StackPair.SERVER_ADDRESS);
    frame.put((byte) 3).put((byte) 4).putShort((short) 0).putShort((short) 0);
    frame.putShort((short) mtu).put(packet, ETHERNET, 28);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20, 0));
    frame.putShort(ETHERNET + 22, checksum(frame, ETHERNET + 20, 36, 0));
    return frame.array();
  }

  /** Even after new flows went to several cores; only the core it arrives on is involved. */
  @Test
  void strayIsAnsweredWhereItArrives() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(12);
    serve(3);
    connectAndAccept(12);
    long segments = stacks.server.count(Counter.TCP_SEGMENTS_RECEIVED);
    long[] expected = resetsByCore();
    byte[] like = flows.values().iterator().next().syn;
    for (int i = 0; i < 40; i++) {
      int port = 20_000 + i;
      expected[queue(StackPair.CLIENT_ADDRESS, port)]++;
      byte[] stray =
          segment(like, StackPair.CLIENT_ADDRESS, port, i, 7, TcpHeader.ACK | TcpHeader.PSH);
      stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), stray);
    }
    stacks.run(1);
    assertArrayEquals(expected, resetsByCore());
    assertEquals(40, stacks.server.count(Counter.TCP_SEGMENTS_RECEIVED) - segments);
    exchange();
    expectAllAlive(BYTES);
  }

  private long[] resetsByCore() {
    return stacks.server.stats().cores().stream()
        .mapToLong(core -> core.counters().get(Counter.TCP_RESETS_SENT))
        .toArray();
  }

  /** Each cookie returns after the serving cores have changed. */
  @Test
  void cookiesAreGoodOnEveryCore() throws IOException {
    start(1000, "tcp_syncookies = 2\n");
    serve(1);
    stacks.clientTap.lose(
        frame -> {
          if (isTcp(frame)) {
            serve(2); // while the answer is in transit
          }
          return false;
        });
    connectAndAccept(24);
    assertEquals(24, stacks.server.count(Counter.TCP_SYN_COOKIES_RECEIVED));
    assertEquals(0, stacks.server.count(Counter.TCP_SYN_COOKIES_FAILED));
    assertEquals(0, stacks.server.count(Counter.TCP_RESETS_SENT));
    exchange();
    serve(0);
    exchange();
    expectAllAlive(2 * BYTES);
    assertTrue(flows.values().stream().anyMatch(f -> f.servedBy == 2));
    expectNothingLeft();
  }

  /** While cookies are in use, an ACK with a bad one doesn't even leave the core it arrives on. */
  @Test
  void badCookiesStay() throws IOException {
    start(1000, "tcp_syncookies = 2\n");
    serve(1);
    connectAndAccept(8);
    long[] expected = resetsByCore();
    byte[] like = flows.values().iterator().next().syn;
    for (int i = 0; i < 40; i++) {
      int port = 20_000 + i;
      expected[queue(StackPair.CLIENT_ADDRESS, port)]++;
      byte[] ack = segment(like, StackPair.CLIENT_ADDRESS, port, i, 7, TcpHeader.ACK);
      stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), ack);
    }
    stacks.run(1);
    assertArrayEquals(expected, resetsByCore());
    exchange();
    expectAllAlive(BYTES);
  }

  /**
   * A flood of SYNs from everywhere: the serving core limits half-open connections, and thereby the
   * flows that the arrival cores remember.
   */
  @Test
  void aFloodOfSynsKeepsNobodyOut() throws IOException {
    start(4000, "");
    serve(1);
    connectAndAccept(8);
    byte[] like = flows.values().iterator().next().syn;
    boolean[] flooding = {true};
    stacks.clientTap.lose(frame -> flooding[0] && isTcp(frame)); // it would answer with a RST
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 500; i++) {
        int port = 1024 + random.nextInt(8000);
        if (!flows.containsKey(port)) {
          byte[] syn =
              segment(like, StackPair.CLIENT_ADDRESS, port, random.nextInt(), 0, TcpHeader.SYN);
          stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), syn);
        }
      }
      stacks.run(0.01);
    }
    flooding[0] = false;
    assertTrue(stacks.server.count(Counter.TCP_SYN_COOKIES_SENT) > 1_000);
    connectAndAccept(8);
    assertEquals(0, stacks.server.count(Counter.TCP_MOVED_FLOWS_FULL));
    exchange();
    expectAllAlive(BYTES);
    expectNothingLeft();
  }
}
