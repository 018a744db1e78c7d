package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ArrayBlockingQueue;
import org.junit.jupiter.api.Test;
import org.mosstack.ip.Ticket;
import org.mosstack.random.SipHash;

/** The table of flows that arrive at one core and are served by others. */
class MovedFlowsTest {
  private static final int ARRIVAL = 3;
  private static final int LOCAL = 0x0A00_0001;
  private static final int PORT = 443;
  private static final long SECOND = 1_000_000_000L;

  private long now = 100 * SECOND;

  private static MovedFlows table(int limit) {
    return new MovedFlows(ARRIVAL, new FlowTable(new SipHash(1, 2)), limit);
  }

  private long offer(MovedFlows flows, int remote, int core) {
    return flows.offer(LOCAL, PORT, remote, 9, core, now);
  }

  private static long find(MovedFlows flows, int remote) {
    return flows.find(LOCAL, PORT, remote, 9);
  }

  /** Finds the flow of a segment that is passed on. */
  private long passOn(MovedFlows flows, int remote) {
    return flows.passOn(LOCAL, PORT, remote, 9, now);
  }

  @Test
  void aTicketSaysWhoseFlowItIs() {
    MovedFlows flows = table(100);
    assertFalse(flows.isUsed());
    assertEquals(Ticket.NONE, find(flows, 1));
    long ticket = offer(flows, 1, 5);
    assertTrue(flows.isUsed());
    assertEquals(ticket, find(flows, 1));
    assertEquals(ARRIVAL, Ticket.arrivalCore(ticket));
    assertEquals(5, Ticket.servingCore(ticket));
    assertEquals(Ticket.NONE, find(flows, 2));
    assertEquals(Ticket.NONE, flows.find(LOCAL, PORT + 1, 1, 9));
    assertEquals(Ticket.NONE, flows.find(LOCAL, PORT, 1, 10));
    assertEquals(Ticket.NONE, flows.find(LOCAL + 1, PORT, 1, 9));
  }

  @Test
  void anEntryLastsAsLongAsTheConnection() {
    MovedFlows flows = table(100);
    long ticket = offer(flows, 1, 5);
    assertTrue(flows.claim(ticket));
    now += 1000 * SECOND;
    for (int i = 2; i < 100; i++) {
      flows.decline(offer(flows, i, 5));
    }
    assertEquals(ticket, find(flows, 1));
    flows.over(ticket);
    assertEquals(Ticket.NONE, find(flows, 1));
    assertFalse(flows.claim(ticket));
    assertNotEquals(ticket, offer(flows, 1, 5));
  }

  @Test
  void whatWasDeclinedIsForgotten() {
    MovedFlows flows = table(100);
    flows.decline(offer(flows, 1, 5));
    assertEquals(Ticket.NONE, find(flows, 1));
    assertEquals(0, flows.size());
  }

  /** A connection ends, and a SYN already on its way opens the next: no new entry is needed. */
  @Test
  void anEntryThatIsOverMayBeClaimedUntilItIsTakenBack() {
    MovedFlows flows = table(100);
    long ticket = offer(flows, 1, 5);
    assertTrue(flows.claim(ticket));
    flows.over(ticket);
    assertTrue(flows.claim(ticket));
    assertEquals(ticket, find(flows, 1));
    flows.over(ticket);
    assertEquals(Ticket.NONE, find(flows, 1));
    assertFalse(flows.claim(ticket));
  }

  /** A passed-on segment was lost, or the other core stalls: it finds out when it claims. */
  @Test
  void anOfferIsTakenBackAfterASecond() {
    MovedFlows flows = table(1);
    long ticket = offer(flows, 1, 5);
    assertEquals(Ticket.NONE, offer(flows, 2, 5));
    now += SECOND + SECOND / 100;
    assertNotEquals(Ticket.NONE, offer(flows, 2, 5));
    assertEquals(Ticket.NONE, find(flows, 1));
    assertFalse(flows.claim(ticket));
    flows.decline(ticket);
    assertNotEquals(Ticket.NONE, find(flows, 2));
  }

  /** The first SYN was lost in a full ring, and the peer sends it again after a second. */
  @Test
  void aRepeatedSynHasItsOwnSecondToBeClaimed() {
    MovedFlows flows = table(100);
    long ticket = offer(flows, 1, 5);
    now += SECOND + SECOND / 20;
    assertEquals(ticket, passOn(flows, 1));
    offer(flows, 2, 5); // another flow's SYN, which looks for unclaimed offers
    assertTrue(flows.claim(ticket));
    assertEquals(ticket, find(flows, 1));
  }

  @Test
  void anErrorAboutAFlowIsNoneOfItsSegments() {
    MovedFlows flows = table(1);
    long ticket = offer(flows, 1, 5);
    now += SECOND + SECOND / 20;
    assertEquals(ticket, find(flows, 1));
    assertNotEquals(Ticket.NONE, offer(flows, 2, 5));
  }

  @Test
  void whatCouldNotBePassedOnIsWithdrawn() {
    MovedFlows flows = table(1);
    flows.withdraw(offer(flows, 1, 5));
    assertEquals(0, flows.size());
    long served = offer(flows, 2, 5);
    assertTrue(flows.claim(served));
    flows.withdraw(served);
    assertEquals(served, find(flows, 2));
  }

  @Test
  void aFullTableSaysSo() {
    MovedFlows flows = table(3000);
    List<Long> tickets = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      long ticket = offer(flows, i, 5);
      assertTrue(flows.claim(ticket));
      tickets.add(ticket);
    }
    now += 100 * SECOND;
    assertEquals(Ticket.NONE, offer(flows, 3000, 5));
    tickets.forEach(flows::over);
    assertNotEquals(Ticket.NONE, offer(flows, 3000, 5));
  }

  /** A flood of SYNs that come to nothing doesn't make the table grow. */
  @Test
  void declinedOffersTakeNoRoom() {
    MovedFlows flows = table(1_000_000);
    ArrayDeque<Long> underWay = new ArrayDeque<>();
    for (int i = 0; i < 200_000; i++) {
      underWay.add(offer(flows, i, 5));
      if (underWay.size() > 1000) {
        flows.decline(underWay.poll());
      }
      assertTrue(flows.size() < 3000, "entries " + flows.size());
    }
  }

  /** Against a map, with both sides in any order. */
  @Test
  void anythingInAnyOrder() {
    for (long seed = 1; seed <= 20; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      MovedFlows flows = table(2000);
      Map<Integer, Long> offered = new HashMap<>();
      Map<Integer, Long> served = new HashMap<>();
      for (int i = 0; i < 30_000; i++) {
        int remote = random.nextInt(2500);
        long known = find(flows, remote);
        Long expected = offered.getOrDefault(remote, served.get(remote));
        assertEquals(expected == null ? Ticket.NONE : expected, known, "seed " + seed);
        switch (random.nextInt(4)) {
          case 0 -> {
            if (known == Ticket.NONE) {
              long ticket = offer(flows, remote, random.nextInt(8));
              if (ticket != Ticket.NONE) {
                offered.put(remote, ticket);
              }
            }
          }
          case 1 -> {
            if (offered.containsKey(remote)) {
              assertTrue(flows.claim(known));
              served.put(remote, offered.remove(remote));
            }
          }
          case 2 -> {
            if (offered.remove(remote) != null) {
              flows.decline(known);
            }
          }
          default -> {
            if (served.remove(remote) != null) {
              flows.over(known);
            }
          }
        }
      }
    }
  }

  /** Two threads: each connection is found while it lives, and a late claim is always refused. */
  @Test
  void twoThreads() throws InterruptedException {
    MovedFlows flows = table(64);
    ArrayBlockingQueue<Long> ring = new ArrayBlockingQueue<>(64);
    int rounds = 50_000;
    int[] claimed = new int[2];
    Thread server =
        new Thread(
            () -> {
              SplittableRandom random = new SplittableRandom(5);
              try {
                for (int i = 0; i < rounds; i++) {
                  long ticket = ring.take();
                  if (random.nextInt(3) == 0) {
                    flows.decline(ticket);
                  } else if (flows.claim(ticket)) {
                    claimed[0]++;
                    flows.over(ticket);
                  } else {
                    claimed[1]++;
                  }
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    server.start();
    for (int i = 0; i < rounds; ) {
      now += SECOND / 4; // so that offers are taken back under the server's eyes
      int remote = i % 50;
      long ticket = find(flows, remote);
      ticket = ticket != Ticket.NONE ? ticket : offer(flows, remote, 1);
      if (ticket != Ticket.NONE) {
        ring.put(ticket);
        i++;
      }
    }
    server.join();
    assertTrue(claimed[0] > 0);
    for (int remote = 0; remote < 50; remote++) {
      find(flows, remote);
    }
    now += 10 * SECOND;
    flows.offer(LOCAL, PORT, 100, 9, 1, now);
    assertTrue(flows.size() <= 64);
  }
}
