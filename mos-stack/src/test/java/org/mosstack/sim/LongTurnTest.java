package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** What is written in a turn leaves in time even if its application goes on writing. */
class LongTurnTest {
  private static final int PORT = 80;
  private static final int MESSAGE = 10;
  private static final long WRITE_NANOS = 10_000;
  private static final long MILLI = 1_000_000;

  private final OffHeap memory = OffHeap.map(65536);
  private final StackPair sim = new StackPair.Setup(1).mos("wmem_size = 65536").start();
  private final Sink sink = new Sink();
  private TcpConnection source;

  private static final class Sink extends QuietHandler {
    private final byte[] target = new byte[65536];
    private int received;
    private TcpConnection connection;

    @Override
    public void connected(TcpConnection c) {
      connection = c;
    }

    @Override
    public void readable(TcpConnection c) {
      for (int n = c.read(target, 0, target.length); n > 0; ) {
        received += n;
        n = c.read(target, 0, target.length);
      }
    }
  }

  @BeforeEach
  void connect() throws IOException {
    sim.server.listen(
        Endpoint.any(PORT),
        1,
        SocketOptions.DEFAULT,
        -1,
        (listener, core) -> {
          source = listener.accept(core);
          source.handler(new QuietHandler() {});
        });
    sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), sink);
    assertTrue(sim.runUntil(() -> source != null, 1));
  }

  @AfterEach
  void close() {
    sim.close();
    memory.close();
  }

  private void write(int bytes) {
    assertEquals(bytes, source.write(memory.address(), bytes, this));
  }

  /** Has the server's application called; while it runs, only the client's core takes turns. */
  private void inTurn(Runnable application) {
    assertTrue(sim.serverCore().execute(application));
    sim.turn();
  }

  @Test
  void whatHasWaitedForAMillisecondIsSent() {
    inTurn(
        () -> {
          int writes = 0;
          while (sink.received == 0 && writes < 1000) {
            write(MESSAGE);
            writes++;
            sim.elapse(WRITE_NANOS);
            sim.clientCore().poll();
          }
          long waited = writes * WRITE_NANOS;
          assertTrue(waited >= MILLI, waited + " ns: together, it takes fewer packets");
          assertTrue(waited <= MILLI + 17 * WRITE_NANOS, waited + " ns");
        });
    assertTrue(sink.received > 0, "the application was called, and ended");
  }

  /** What waits isn't only the last writer's. */
  @Test
  void soIsWhatAnotherConnectionWaitsWith() throws IOException {
    TcpConnection first = source;
    source = null;
    Sink second = new Sink();
    sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), second);
    assertTrue(sim.runUntil(() -> source != null, 1));
    inTurn(
        () -> {
          first.write(memory.address(), MESSAGE, this);
          for (int i = 0; i < 200; i++) {
            write(MESSAGE);
            sim.elapse(WRITE_NANOS);
          }
          sim.clientCore().poll();
          assertEquals(MESSAGE, sink.received);
          assertTrue(second.received > 0);
        });
    assertEquals(200 * MESSAGE, received(second, 200 * MESSAGE));
  }

  private int received(Sink sink, int expected) {
    sim.runUntil(() -> sink.received >= expected, 10);
    return sink.received;
  }

  /** Afterwards it writes nothing that could tell that it still runs. */
  @Test
  void whatFillsTheSendBufferIsSentAtOnce() {
    inTurn(
        () -> {
          while (source.write(memory.address(), 1024, this) == 1024) {
            // no time passes
          }
          sim.clientCore().poll();
          assertTrue(sink.received > 0);
        });
    assertTrue(sink.received > 0, "the application was called, and ended");
  }

  @Test
  void whatFillsItExactlyIsSentOnceMoreIsOffered() {
    inTurn(
        () -> {
          write(source.writeSpace());
          sim.clientCore().poll();
          assertEquals(0, sink.received);
          assertEquals(0, source.write(memory.address(), 1, this));
          sim.clientCore().poll();
          assertTrue(sink.received > 0);
        });
    assertTrue(sink.received > 0, "the application was called, and ended");
  }

  /** The peer's acknowledgments make room, though the application never ends its turn. */
  @Test
  void aFullSendBufferEmptiesWhileItsApplicationGoesOn() {
    int total = 10 * 65536;
    int[] written = {0};
    inTurn(
        () -> {
          for (int i = 0; written[0] < total && i < 100_000; i++) {
            if (source.takesMore()) {
              written[0] += source.write(memory.address(), 1024, this);
            }
            sim.elapse(WRITE_NANOS);
            sim.clientCore().poll();
          }
        });
    assertTrue(written[0] >= total, written[0] + " bytes fitted");
    assertEquals(written[0], received(sink, written[0]));
  }

  /** What a write has taken isn't given back before it returns, whatever arrives meanwhile. */
  @Test
  void aResetInTheMiddleOfATurnEndsTheWrites() {
    int[] given = {0};
    int[] back = {0};
    boolean[] writing = {false};
    source.handler(
        new QuietHandler() {
          @Override
          public void released(TcpConnection c, Object buffer) {
            back[0]++;
            assertTrue(!writing[0] || back[0] <= given[0], "given back before it was taken");
          }
        });
    inTurn(
        () -> {
          int accepted = MESSAGE;
          for (int i = 0; accepted > 0 && i < 1000; i++) {
            if (i == 100) {
              sink.connection.abort();
            }
            sim.clientCore().poll();
            sim.elapse(WRITE_NANOS);
            writing[0] = true;
            accepted = source.write(memory.address(), MESSAGE, this);
            writing[0] = false;
            given[0] += accepted > 0 ? 1 : 0;
          }
          assertEquals(0, accepted, "the connection is reset");
        });
    sim.settle();
    assertEquals(given[0], back[0]);
  }

  /**
   * While TCP is at work, a packet in its hands, its application may write, but nothing is sent.
   */
  @Test
  void writesAmidTcpsOwnWorkWaitForItsEnd() {
    int[] writes = {0};
    source.handler(
        new QuietHandler() {
          @Override
          public void released(TcpConnection c, Object buffer) {
            for (int i = 0; i < 32 && writes[0] < 320; i++) {
              sim.elapse(MILLI);
              write(MESSAGE);
              writes[0]++;
            }
            sim.clientCore().poll();
          }
        });
    write(MESSAGE);
    sim.serverCore().flush();
    assertEquals(321 * MESSAGE, received(sink, 321 * MESSAGE));
  }
}
