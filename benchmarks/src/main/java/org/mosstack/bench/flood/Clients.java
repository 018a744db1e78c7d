package org.mosstack.bench.flood;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import org.mosstack.StackCore;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpHandler;

/**
 * The legitimate users of the server: established connections with one message in flight each, and
 * new ones with one message each, which arrive at a constant rate however the server performs. On
 * the core's thread.
 */
final class Clients {
  /** A new connection unanswered for this long counts as not served. */
  static final long MAX_NANOS = TimeUnit.SECONDS.toNanos(3);

  private static final int NEW_PER_SECOND = 1000;
  private static final long NEW_NANOS = TimeUnit.SECONDS.toNanos(1) / NEW_PER_SECOND;

  private final StackCore core;
  private final long memory = Arena.global().allocate(FloodLink.MESSAGE_BYTES).address();
  private final Queue<Opening> openings = new ArrayDeque<>();
  private Phase phase = new Phase("warm-up");
  private long echoes;
  private long nextNanos;

  Clients(StackCore core) {
    this.core = core;
  }

  /** Opens the established connections. */
  void establish(int connections) throws IOException {
    for (int i = 0; i < connections; i++) {
      connect(new Asking());
    }
  }

  private TcpConnection connect(TcpHandler handler) throws IOException {
    return core.connect(
        new Endpoint(Ip4Address.toInet(FloodLink.SERVER_ADDRESS), FloodLink.PORT), handler);
  }

  /** Sets the phase that measurements count for from now on. */
  void phase(Phase next, long nowNanos) {
    phase = next;
    nextNanos = nowNanos;
  }

  /** Returns the answers on established connections so far. */
  long echoes() {
    return echoes;
  }

  /** Opens the new connections that are due, and abandons those that have waited too long. */
  void turn(long nowNanos) throws IOException {
    if (nowNanos - nextNanos >= 0) {
      nextNanos += NEW_NANOS;
      openings.add(new Opening(nowNanos));
    }
    giveUp(nowNanos);
  }

  /** Abandons new connections that have waited too long; opens none. */
  void giveUp(long nowNanos) {
    for (Opening first = openings.peek(); first != null; first = openings.peek()) {
      if (!first.ended && nowNanos - first.startNanos < MAX_NANOS) {
        return;
      }
      openings.remove();
      if (!first.ended) {
        first.ended = true;
        first.connection.abort();
      }
    }
  }

  private abstract class Handler implements TcpHandler {
    @Override
    public void connected(TcpConnection c) {
      c.noDelay(true);
      ask(c);
    }

    void ask(TcpConnection c) {
      c.write(memory, FloodLink.MESSAGE_BYTES, this);
    }

    @Override
    public void readable(TcpConnection c) {
      if (c.available() >= FloodLink.MESSAGE_BYTES) {
        c.read(memory, FloodLink.MESSAGE_BYTES);
        answered(c);
      }
    }

    abstract void answered(TcpConnection c);

    @Override
    public void writable(TcpConnection c) {}

    @Override
    public void released(TcpConnection c, Object buffer) {}
  }

  private final class Asking extends Handler {
    private long askedNanos;

    @Override
    void ask(TcpConnection c) {
      askedNanos = System.nanoTime();
      super.ask(c);
    }

    @Override
    void answered(TcpConnection c) {
      phase.echoes.recordValue(Math.min(System.nanoTime() - askedNanos, MAX_NANOS));
      echoes++;
      ask(c);
    }

    @Override
    public void closed(TcpConnection c, TcpError error) {
      phase.lost++;
    }
  }

  /** Counts for the phase in which it was opened, whenever the answer arrives. */
  private final class Opening extends Handler {
    private final Phase triedIn = phase;
    private final long startNanos;
    private final TcpConnection connection;
    private boolean ended;

    Opening(long startNanos) {
      this.startNanos = startNanos;
      triedIn.tried++;
      try {
        connection = connect(this);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    void answered(TcpConnection c) {
      if (!ended) {
        ended = true;
        triedIn.opens.recordValue(Math.min(System.nanoTime() - startNanos, MAX_NANOS));
        c.close();
      }
    }

    @Override
    public void closed(TcpConnection c, TcpError error) {
      ended = true;
    }
  }
}
