package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.net.BindException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Ticket;
import org.mosstack.os.OffHeap;
import org.mosstack.random.SipHash;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;

/** Which core a segment goes to after it has arrived; see ServingCoresTest for the whole. */
class FlowPlacementTest {
  private static final int PORT = 443;
  private static final int REMOTE = 0x7F00_0002;
  private static final int LIMIT = 3;

  private final LoopbackTcp loopback = new LoopbackTcp();
  private final MovedFlows moved = new MovedFlows(0, new FlowTable(new SipHash(1, 2)), LIMIT);
  private final FlowPlacement placement =
      new FlowPlacement(
          loopback.tcp,
          loopback.listeners,
          moved,
          new HandlerFailures(loopback.tcp, loopback.counters),
          loopback.counters);
  private final OffHeap memory = OffHeap.map(64);
  private int target = 5;

  @BeforeEach
  void listen() throws BindException {
    loopback.listeners.movedFlows(0, moved);
    AcceptHandler handler =
        new AcceptHandler() {
          @Override
          public void acceptable(TcpListener listener, int core) {}

          @Override
          public int servingCore(int core) {
            return target;
          }
        };
    loopback.listeners.bind(
        0, PORT, 10, SocketOptions.DEFAULT, -1, handler, new SplittableRandom(1));
  }

  @AfterEach
  void free() {
    memory.close();
    loopback.close();
  }

  private long ticket(int remotePort, int flags) {
    long header = memory.address();
    TcpHeader.write(header, remotePort, PORT, 1, 2, TcpHeader.MIN_BYTES, flags, 100);
    return placement.ticket(header, TcpHeader.MIN_BYTES, REMOTE, LoopbackTcp.ADDRESS);
  }

  @Test
  void aSynGoesToWhoServesAndAllElseAfterIt() {
    assertEquals(Ticket.NONE, ticket(1, TcpHeader.ACK));
    long ticket = ticket(1, TcpHeader.SYN);
    assertEquals(5, Ticket.servingCore(ticket));
    target = 6;
    for (int flags : new int[] {TcpHeader.SYN, TcpHeader.ACK, TcpHeader.RST, 0}) {
      assertEquals(ticket, ticket(1, flags));
    }
    target = 0;
    assertEquals(Ticket.NONE, ticket(2, TcpHeader.SYN));
    assertEquals(ticket, placement.ticketOf(LoopbackTcp.ADDRESS, PORT, REMOTE, 1));
  }

  @Test
  void segmentsThatOpenNothingStay() {
    ticket(1, TcpHeader.SYN);
    for (int flags : new int[] {TcpHeader.SYN | TcpHeader.ACK, TcpHeader.ACK, TcpHeader.RST, 0}) {
      assertEquals(Ticket.NONE, ticket(2, flags));
    }
    assertEquals(
        Ticket.NONE,
        placement.ticket(memory.address(), TcpHeader.MIN_BYTES - 1, REMOTE, LoopbackTcp.ADDRESS));
  }

  /** Flows beyond the table's limit are served where they arrive. */
  @Test
  void aFullTableMovesNoMore() {
    long[] tickets = new long[LIMIT];
    for (int i = 0; i < LIMIT; i++) {
      tickets[i] = ticket(i, TcpHeader.SYN);
      moved.claim(tickets[i]);
    }
    assertEquals(Ticket.NONE, ticket(LIMIT, TcpHeader.SYN));
    assertEquals(1, loopback.counters.get(Counter.TCP_MOVED_FLOWS_FULL));
    moved.over(tickets[1]);
    assertNotEquals(Ticket.NONE, ticket(LIMIT, TcpHeader.SYN));
    assertEquals(1, loopback.counters.get(Counter.TCP_MOVED_FLOWS_FULL));
  }

  @Test
  void whatCouldNotBePassedOnLeavesNoEntry() {
    placement.notPassedOn(ticket(1, TcpHeader.SYN));
    assertEquals(Ticket.NONE, placement.ticketOf(LoopbackTcp.ADDRESS, PORT, REMOTE, 1));
  }
}
