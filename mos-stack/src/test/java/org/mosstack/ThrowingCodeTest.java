package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.socket.TcpState;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** What foreign code throws in a turn costs no packet but the one it concerns. */
class ThrowingCodeTest {
  private static final int PORT = 80;
  private static final int CLOSED_PORT = 81;
  private static final int ETHERNET = EthernetHeader.BYTES;
  private static final int TCP = ETHERNET + 20;
  private static final int SYNS = 40;

  private final List<TcpConnection> accepted = new ArrayList<>();
  private final List<String> logged = new ArrayList<>();

  /** Accepts everything, on the cores that {@code serving} returns. */
  private void listen(StackPair pair, IntUnaryOperator serving) throws IOException {
    pair.server.listen(
        Endpoint.any(PORT),
        100,
        SocketOptions.DEFAULT,
        -1,
        new AcceptHandler() {
          @Override
          public void acceptable(TcpListener listener, int core) {
            for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
              accepted.add(c);
            }
          }

          @Override
          public int servingCore(int core) {
            return serving.applyAsInt(core);
          }
        });
  }

  private List<TcpConnection> connect(StackPair pair, int count) throws IOException {
    List<TcpConnection> opened = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      StackCore core = pair.client.core(i % pair.client.cores());
      opened.add(core.connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), new QuietHandler()));
    }
    pair.settle();
    return opened;
  }

  private static int queue(StackPair pair, TcpConnection c) {
    Rss rss = pair.serverTap.capabilities().rss().orElseThrow();
    return rss.queue(
        Endpoints.address(c.remote()),
        Endpoints.address(c.local()),
        c.remote().port(),
        c.local().port());
  }

  private void assertServedWhereTheyArrive(StackPair pair) throws IOException {
    for (TcpConnection c : connect(pair, SYNS)) {
      assertEquals(TcpState.ESTABLISHED, c.state());
    }
    assertEquals(SYNS, accepted.size());
    for (TcpConnection c : accepted) {
      assertEquals(queue(pair, c), c.core());
    }
    assertEquals(0, pair.client.count(Counter.TCP_RETRANSMITS), "no SYN was lost");
    assertEquals(SYNS, pair.server.count(Counter.HANDLER_EXCEPTIONS));
    assertEquals(0, pair.buffersInUse());
  }

  @Test
  void aServingCoreThatThrows() throws IOException {
    try (StackPair pair = StackPair.tapped(2, 1)) {
      pair.server.core(0).onHandlerFailure((message, _) -> logged.add(message));
      listen(
          pair,
          _ -> {
            throw new IllegalStateException("thrown by the test");
          });
      assertServedWhereTheyArrive(pair);
      assertEquals(List.of("servingCore threw on core 0: 0.0.0.0:80"), logged);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2, 9, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void aServingCoreThatIsNone(int target) throws IOException {
    try (StackPair pair = StackPair.tapped(2, 2)) {
      listen(pair, _ -> target);
      assertServedWhereTheyArrive(pair);
    }
  }

  /** Returns a SYN from any port to a port on which nobody listens. */
  private static byte[] syn(StackPair pair, int sourcePort) {
    ByteBuffer frame = ByteBuffer.allocate(TCP + TcpHeader.MIN_BYTES);
    long to = pair.serverTap.mac();
    long from = pair.clientTap.mac();
    frame.putShort((short) (to >>> 32)).putInt((int) to);
    frame.putShort((short) (from >>> 32)).putInt((int) from).putShort((short) 0x0800);
    frame.putShort((short) 0x4500).putShort((short) (frame.capacity() - ETHERNET)).putInt(0);
    frame.putInt(64 << 24 | 6 << 16);
    frame.putInt(StackPair.CLIENT_ADDRESS).putInt(StackPair.SERVER_ADDRESS);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20, 0));
    frame.putShort((short) sourcePort).putShort((short) CLOSED_PORT).putInt(1).putInt(0);
    frame.putInt(5 << 28 | TcpHeader.SYN << 16 | 1000);
    int pseudo = 6 + TcpHeader.MIN_BYTES;
    for (int i = 12; i < 20; i += 2) {
      pseudo += frame.getShort(ETHERNET + i) & 0xFFFF;
    }
    frame.putShort(TCP + 16, checksum(frame, TCP, TcpHeader.MIN_BYTES, pseudo));
    return frame.array();
  }

  private static short checksum(ByteBuffer bytes, int from, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i += 2) {
      sum += bytes.getShort(from + i) & 0xFFFF;
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~((sum & 0xFFFF) + (sum >>> 16));
  }

  /** Injects enough SYNs for the answers to fill a burst in the middle of a received one. */
  private static void injectSyns(StackPair pair) throws IOException {
    StackCore client = pair.client.core(0); // announces its MAC address: no answer waits for it
    client.connect(Endpoints.of(StackPair.SERVER_ADDRESS, CLOSED_PORT), new QuietHandler());
    pair.settle();
    byte[] nothing = new byte[60];
    for (int i = 0; i < 5; i++) {
      pair.serverTap.inject(0, nothing);
    }
    for (int i = 0; i < 200; i++) {
      pair.serverTap.inject(0, syn(pair, 10_000 + i));
    }
  }

  /** The application's own device fails once while an answer is sent. */
  @Test
  void aDeviceThatThrowsWhileAPacketIsProcessed() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 3)) {
      StackCore server = pair.server.core(0);
      server.onHandlerFailure((message, _) -> logged.add(message));
      injectSyns(pair);
      throwOnce(pair, new IllegalStateException("thrown by the test"));
      pair.expectedExceptions = 1;
      server.poll();
      assertEquals(1, pair.server.count(Counter.PACKET_EXCEPTIONS));
      assertEquals(List.of("Processing a packet threw on core 0: dpdk0"), logged);
      pair.settle();
      assertEquals(201, pair.client.count(Counter.TCP_SEGMENTS_RECEIVED));
      assertEquals(0, pair.buffersInUse());
    }
  }

  /** An error isn't survived, but unprocessed packets are given back. */
  @Test
  void anErrorWhileAPacketIsProcessed() throws IOException {
    try (StackPair pair = StackPair.tapped(1, 4)) {
      StackCore server = pair.server.core(0);
      injectSyns(pair);
      throwOnce(pair, new LinkageError("thrown by the test"));
      assertThrows(LinkageError.class, server::poll);
      server.flush();
      pair.settle();
      assertEquals(0, pair.buffersInUse());
    }
  }

  private static void throwOnce(StackPair pair, Throwable thrown) {
    pair.serverTap.beforeTransmit(
        () -> {
          pair.serverTap.beforeTransmit(() -> {});
          ThrowingCodeTest.<RuntimeException>sneak(thrown);
        });
  }

  @SuppressWarnings("unchecked")
  private static <T extends Throwable> void sneak(Throwable thrown) throws T {
    throw (T) thrown;
  }

  /** A core's wake-up is called by the core that passes a packet on. */
  @Test
  void aWakeupThatThrows() {
    try (StackPair pair = StackPair.tapped(2, 5)) {
      pair.settle();
      StackCore sleeper = pair.server.core(1);
      sleeper.onHandlerFailure((message, _) -> logged.add(message));
      sleeper.onArrival(
          () -> {
            throw new IllegalStateException("thrown by the test");
          });
      assertTrue(sleeper.prepareSleep());
      for (int i = 0; i < 10; i++) {
        pair.serverTap.inject(0, pair.announcement());
      }
      pair.server.core(0).poll();
      assertEquals(List.of(), logged, "the sleeper's log is its thread's");
      sleeper.finishSleep();
      assertEquals(List.of("The wake-up threw on core 1: of its thread"), logged);
      assertEquals(1, sleeper.counters().get(Counter.HANDLER_EXCEPTIONS));
      pair.settle();
      assertEquals(0, pair.buffersInUse());
    }
  }
}
