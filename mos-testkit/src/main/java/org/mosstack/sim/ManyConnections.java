package org.mosstack.sim;

import java.io.IOException;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.socket.TcpListener;
import org.mosstack.socket.TcpState;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/**
 * Many simultaneous connections from one core to another. One handler at each end serves them all,
 * so that only the stacks' own memory grows with their number.
 */
final class ManyConnections implements AutoCloseable {
  private static final int PORT = 80;
  private static final int MESSAGE_BYTES = 64;
  private static final double LIMIT_SECONDS = 600;

  /** Opens that wait for an answer at once. */
  private static final int BATCH = 500;

  final StackPair sim;
  final TcpConnection[] clients;
  private final TcpConnection[] servers;
  private final OffHeap memory = OffHeap.map(2 * MESSAGE_BYTES);
  private final TcpListener listener;
  private int opened;
  private int accepted;
  private int connected;
  private int answered;
  private int closedClients;
  private int closedServers;
  private TcpError error = TcpError.NONE;

  private final QuietHandler server =
      new QuietHandler() {
        @Override
        public void readable(TcpConnection c) {
          if (c.endOfStream()) {
            c.close();
          } else if (c.available() >= MESSAGE_BYTES) {
            read(c);
            c.write(memory.address(), MESSAGE_BYTES, this);
          }
        }

        @Override
        public void closed(TcpConnection c, TcpError e) {
          closedServers++;
          note(e);
        }
      };

  private final QuietHandler client =
      new QuietHandler() {
        @Override
        public void connected(TcpConnection c) {
          connected++;
        }

        @Override
        public void readable(TcpConnection c) {
          if (c.available() >= MESSAGE_BYTES) {
            read(c);
            answered++;
          }
        }

        @Override
        public void closed(TcpConnection c, TcpError e) {
          closedClients++;
          note(e);
        }
      };

  /** Sets up stacks with room for this many connections. */
  ManyConnections(StackPair.Setup setup, int count) throws IOException {
    clients = new TcpConnection[count];
    servers = new TcpConnection[count];
    sim = setup.start();
    listener =
        sim.server.listen(
            Endpoint.any(PORT),
            BATCH,
            SocketOptions.DEFAULT,
            -1,
            (l, core) -> {
              for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
                c.handler(server);
                servers[accepted++] = c;
              }
            });
  }

  private void read(TcpConnection c) {
    if (c.read(memory.address() + MESSAGE_BYTES, MESSAGE_BYTES) != MESSAGE_BYTES) {
      throw new AssertionError("a message came in part");
    }
    if (Memory.getLong(memory.address() + MESSAGE_BYTES) != Memory.getLong(memory.address())) {
      throw new AssertionError("a message was changed");
    }
  }

  private void note(TcpError e) {
    if (e != TcpError.NONE) {
      error = e;
    }
  }

  /** Returns the last error that a connection ended with; NONE if all ended in an orderly way. */
  TcpError error() {
    return error;
  }

  /** Opens all connections that aren't open yet. */
  boolean open() throws IOException {
    return open(clients.length);
  }

  /** Opens more connections, until this many are open. */
  boolean open(int count) throws IOException {
    for (int i = opened; i < count; i++) {
      clients[i] = sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), client);
      opened++;
      if (opened % BATCH == 0 && !awaitOpened()) {
        return false;
      }
    }
    return awaitOpened();
  }

  private boolean awaitOpened() {
    return sim.runUntil(() -> accepted == opened && connected == opened, LIMIT_SECONDS);
  }

  /** Returns the number of ESTABLISHED connections at both ends. */
  int established() {
    int count = 0;
    for (int i = 0; i < clients.length; i++) {
      count += clients[i].state() == TcpState.ESTABLISHED ? 1 : 0;
      count += servers[i].state() == TcpState.ESTABLISHED ? 1 : 0;
    }
    return count;
  }

  /** Sends a request on each connection, and waits for all answers. */
  boolean exchange(long content) {
    Memory.putLong(memory.address(), content);
    answered = 0;
    for (TcpConnection c : clients) {
      if (c.write(memory.address(), MESSAGE_BYTES, this) != MESSAGE_BYTES) {
        return false;
      }
    }
    return sim.runUntil(() -> answered == clients.length, LIMIT_SECONDS);
  }

  /** Closes all connections, clients first. */
  boolean closeAll() {
    for (TcpConnection c : clients) {
      c.close();
    }
    return sim.runUntil(
        () -> closedClients == clients.length && closedServers == clients.length, LIMIT_SECONDS);
  }

  @Override
  public void close() {
    listener.close();
    sim.close();
    memory.close();
  }
}
