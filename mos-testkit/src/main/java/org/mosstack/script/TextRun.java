package org.mosstack.script;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.mosstack.config.MosConfigBuilder;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.stats.Counter;

/**
 * The state of a running text script: its stack, started at the first step that needs one, and its
 * connections by name.
 */
final class TextRun {
  private static final long SEED = 1;
  private static final int FIRST_CLIENT_PORT = 30_000;

  /**
   * One connection: the peer, once it has sent or is connected to, and the application, once it
   * exists.
   */
  private static final class Ends {
    Peer peer;
    App app;
  }

  final SocketOptions.Builder options = SocketOptions.builder();
  int mtu = 1500;
  boolean arp = true;
  private UnaryOperator<MosConfigBuilder> settings = config -> config;
  private final Map<String, Ends> connections = new HashMap<>();
  private Ends current = new Ends();
  private final Map<Counter, Long> counted = new EnumMap<>(Counter.class);
  private Script script;
  private boolean holdsAccepted;
  private int nextPort = FIRST_CLIENT_PORT;

  TextRun() {
    connections.put("a", current);
  }

  /** Adds a setting of the stack, which must not be running yet. */
  void setting(UnaryOperator<MosConfigBuilder> setting) {
    if (script != null) {
      throw new AssertionError("the stack runs already");
    }
    UnaryOperator<MosConfigBuilder> before = settings;
    settings = config -> setting.apply(before.apply(config));
  }

  Script script() {
    if (script == null) {
      script =
          new Script(
              mtu, SEED, config -> settings.apply(arp ? ScriptTestBase.withArp(config) : config));
    }
    return script;
  }

  // ---- Ends ----

  /** Chooses the connection for the following steps. */
  void choose(String name) {
    current = connections.computeIfAbsent(name, _ -> new Ends());
  }

  /**
   * Creates a new peer for the connection, between these ports; {@code port} 0 takes the next one.
   */
  void newPeer(int port, int stackPort) {
    current.peer = script().peer(port == 0 ? nextPort++ : port, stackPort);
    current.app = null;
  }

  /** Sends this many SYNs from others, whose answers are ignored. */
  void flood(int syns) {
    for (int i = 0; i < syns; i++) {
      script().peer(nextPort++, Script.PORT).send(Seg.syn().mss(1460));
      script.settle();
    }
    script.forgetReceived();
  }

  Peer peer() {
    if (current.peer == null) {
      newPeer(0, Script.PORT);
    }
    return current.peer;
  }

  void listen(int backlog, boolean hold) {
    holdsAccepted = hold;
    script().listen(backlog, !hold, options.build());
  }

  void stopListening() {
    script.listener.close();
    script.listener = null;
  }

  void connect(int port, int timeoutMillis) {
    current.app = script().connect(port, timeoutMillis, options.build());
    current.peer = script.peerOf(current.app);
  }

  void accept() {
    script.settle();
    if (holdsAccepted) {
      script.acceptAll();
    }
    current.app = script.accepted.poll();
    if (current.app == null) {
      throw new AssertionError("nothing to accept" + script.state());
    }
  }

  void nothingToAccept() {
    script.settle();
    if (holdsAccepted) {
      script.acceptAll();
    }
    if (!script.accepted.isEmpty()) {
      throw new AssertionError("something was accepted" + script.state());
    }
  }

  App app() {
    if (current.app == null) {
      throw new AssertionError("no application yet: connect or accept comes first");
    }
    return current.app;
  }

  /** Returns the application's connection, which must not be closed. */
  TcpConnection connection() {
    script().settle();
    TcpConnection connection = app().connection;
    if (connection == null) {
      throw new AssertionError("the connection is closed: " + app().error);
    }
    return connection;
  }

  // ---- Figures ----

  /** Expects the counter to have grown by this much since the last call or the start. */
  void counts(Counter counter, long expected) {
    script().settle();
    long now = script.stack.count(counter);
    long before = counted.getOrDefault(counter, 0L);
    counted.put(counter, now);
    if (now - before != expected) {
      throw new AssertionError("came +" + (now - before) + "\nwanted +" + expected);
    }
  }

  static void same(Object expected, Object actual) {
    if (!expected.equals(actual)) {
      throw new AssertionError("came   " + actual + "\nwanted " + expected);
    }
  }

  // ---- The end ----

  void finish() {
    script().finish();
  }

  /** Ends a script that failed, without checks. */
  void discard() {
    if (script != null) {
      script.discard();
    }
  }
}
