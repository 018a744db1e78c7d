package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.net.BindException;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.ip.Ticket;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.SocketOptions;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FrameTap;

/** Segments that another core has passed on, on the core that serves them. */
class MovedSegmentTest {
  private static final int PORT = 443;
  private static final int REMOTE = 0x7F00_0002;
  private static final int TX_BURST = 32;

  private FrameTap tap;
  private final LoopbackTcp loopback = new LoopbackTcp(1, 0, device -> tap = new FrameTap(device));
  private final MovedFlows moved = loopback.listeners.movedFlows(0);

  @AfterEach
  void free() {
    loopback.close();
  }

  private void listen() throws BindException {
    AcceptHandler handler = (_, _) -> {};
    loopback.listeners.bind(
        0, PORT, 100, SocketOptions.DEFAULT, -1, handler, new SplittableRandom(1));
  }

  private long syn(int remotePort, long ticket) {
    long mbuf = loopback.pool.alloc();
    long header = Mbuf.append(mbuf, TcpHeader.MIN_BYTES);
    int flags = TcpHeader.SYN;
    TcpHeader.write(header, remotePort, PORT, 1, 0, TcpHeader.MIN_BYTES, flags, 1000);
    Mbuf.setTicket(mbuf, ticket);
    return mbuf;
  }

  private long offer(int remotePort) {
    return moved.offer(LoopbackTcp.ADDRESS, PORT, REMOTE, remotePort, 1, loopback.tcp.now());
  }

  private void passOn(int remotePort, long ticket) {
    long mbuf = syn(remotePort, ticket);
    long header = Mbuf.data(mbuf);
    int length = Mbuf.dataLength(mbuf);
    loopback.tcp.transport().inputMoved(mbuf, header, length, REMOTE, LoopbackTcp.ADDRESS, 0, true);
  }

  /**
   * A segment whose processing throws takes its ticket with it: the next SYN doesn't inherit it.
   */
  @Test
  void aTicketIsForOneSegmentWhateverIsThrown() throws BindException {
    listen();
    for (int port = 1; port < TX_BURST; port++) {
      passOn(port, offer(port));
    }
    tap.beforeTransmit(
        () -> {
          throw new IllegalStateException("thrown by the test");
        });
    long ticket = offer(TX_BURST);
    assertThrows(IllegalStateException.class, () -> passOn(TX_BURST, ticket));
    tap.beforeTransmit(() -> {});
    long mbuf = syn(TX_BURST + 1, Ticket.NONE);
    long header = Mbuf.data(mbuf);
    int length = Mbuf.dataLength(mbuf);
    loopback.tcp.transport().input(mbuf, header, length, REMOTE, LoopbackTcp.ADDRESS, 0, true);
    assertEquals(0, loopback.counters.get(Counter.DROP_TCP_FLOW_MOVED));
    assertEquals(TX_BURST + 1, loopback.tcp.connectionCount());
  }
}
