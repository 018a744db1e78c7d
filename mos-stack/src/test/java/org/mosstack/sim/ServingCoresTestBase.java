package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.mosstack.device.NetDevice;
import org.mosstack.device.Rss;
import org.mosstack.header.EthernetHeader;
import org.mosstack.header.TcpHeader;
import org.mosstack.socket.AcceptHandler;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.QuietHandler;
import org.mosstack.testkit.StackPair;

/** Flows served by cores other than the ones they arrive on, of two stacks with four cores each. */
abstract class ServingCoresTestBase {
  static final int CORES = 4;
  static final int PORT = 80;
  static final int BYTES = 20_000;
  static final int ETHERNET = EthernetHeader.BYTES;
  static final int TCP = ETHERNET + 20;

  StackPair stacks;
  private NetDevice serverPort;
  final SplittableRandom random = new SplittableRandom(7);

  /** By the client's port. */
  final Map<Integer, Flow> flows = new HashMap<>();

  final List<TcpConnection> strangers = new ArrayList<>();
  private int[] serving = {};

  /** A connection's two ends. */
  static final class Flow {
    final Peer client;
    final Peer server;
    final int port;
    byte[] syn;
    int servedBy = -1;
    int accepts;

    Flow(int id, int port) {
      long up = 1_000_000L * id;
      long down = up + 500_000;
      client = new Peer(up, 0, down, 2 * BYTES);
      server = new Peer(down, 0, up, 2 * BYTES);
      client.closeWhenDone = false;
      server.closeWhenDone = false;
      this.port = port;
    }
  }

  /** Serves only on the cores in {@link #serving}, like a server channel with serving loops. */
  private final class Acceptor implements AcceptHandler {
    @Override
    public void acceptable(TcpListener listener, int core) {
      for (TcpConnection c = listener.accept(core); c != null; c = listener.accept(core)) {
        Flow flow = flows.get(c.remote().port());
        if (flow == null || Endpoints.address(c.remote()) != StackPair.CLIENT_ADDRESS) {
          strangers.add(c);
          continue;
        }
        flow.accepts++;
        flow.servedBy = core;
        if (flow.accepts == 1) {
          flow.server.start(c);
        }
      }
    }

    @Override
    public int servingCore(int core) {
      for (int each : serving) {
        if (each == core) {
          return core;
        }
      }
      return serving.length == 0 ? core : serving[core % serving.length];
    }
  }

  void start(int maxConcurrency, String keys) throws IOException {
    stacks =
        new StackPair.Setup(3)
            .cores(CORES, CORES)
            .wireOptions(",queues=4")
            .limits(1000, 0)
            .serverConnections(maxConcurrency)
            .mos(SteeringTest.KEYS)
            .serverMos(keys)
            .port(device -> serverPort = device)
            .tapped()
            .start();
    stacks.server.listen(Endpoint.any(PORT), 1000, SocketOptions.DEFAULT, -1, new Acceptor());
    onReceived(
        frame -> {
          if (isSyn(frame)) {
            Flow flow = flows.get(ByteBuffer.wrap(frame).getShort(TCP) & 0xFFFF);
            if (flow != null && flow.syn == null) {
              flow.syn = frame;
            }
          }
        });
  }

  /** Sets a watcher for each frame that either stack receives from the wire. */
  void onReceived(Consumer<byte[]> watcher) {
    stacks.serverTap.onReceived(watcher);
    stacks.clientTap.onReceived(watcher);
  }

  @AfterEach
  void close() {
    stacks.close();
    flows.values().forEach(flow -> flow.client.free());
    flows.values().forEach(flow -> flow.server.free());
  }

  static boolean isTcp(byte[] frame) {
    return frame.length >= TCP + 20 && frame[12] == 8 && frame[13] == 0 && frame[ETHERNET + 9] == 6;
  }

  static boolean isSyn(byte[] frame) {
    return isTcp(frame) && (frame[TCP + 13] & (TcpHeader.SYN | TcpHeader.ACK)) == TcpHeader.SYN;
  }

  void connect(int count) throws IOException {
    for (int i = 0; i < count; i++) {
      open(i % CORES, 0);
    }
  }

  void open(int core, int localPort) throws IOException {
    QuietHandler none = new QuietHandler();
    TcpConnection c =
        stacks
            .client
            .core(core)
            .connect(
                Endpoint.any(localPort),
                Endpoints.of(StackPair.SERVER_ADDRESS, PORT),
                0,
                SocketOptions.DEFAULT,
                none);
    Flow flow = new Flow(flows.size() + 1, c.local().port());
    c.handler(flow.client);
    flows.put(flow.port, flow);
  }

  void connectAndAccept(int count) throws IOException {
    connect(count);
    assertTrue(
        stacks.runUntil(() -> flows.values().stream().allMatch(f -> f.accepts > 0), 5),
        "not all were accepted");
  }

  int queue(int remote, int remotePort) {
    Rss rss = serverPort.capabilities().rss().orElseThrow();
    return rss.queue(remote, StackPair.SERVER_ADDRESS, remotePort, PORT);
  }

  int arrivalCore(Flow flow) {
    return queue(StackPair.CLIENT_ADDRESS, flow.port);
  }

  /** Returns a frame like the flow's SYN, with other sequence numbers and flags. */
  byte[] segment(Flow flow, int seq, int ack, int flags) {
    return segment(flow.syn, StackPair.CLIENT_ADDRESS, flow.port, seq, ack, flags);
  }

  static byte[] segment(byte[] like, int source, int sourcePort, int seq, int ack, int flags) {
    ByteBuffer frame = ByteBuffer.wrap(like.clone());
    frame.putInt(ETHERNET + 12, source);
    frame.putShort(ETHERNET + 10, (short) 0);
    frame.putShort(ETHERNET + 10, checksum(frame, ETHERNET, 20, 0));
    frame.putShort(TCP, (short) sourcePort).putInt(TCP + 4, seq).putInt(TCP + 8, ack);
    frame.put(TCP + 13, (byte) flags).putShort(TCP + 16, (short) 0);
    int length = (frame.getShort(ETHERNET + 2) & 0xFFFF) - 20;
    int pseudo = 6 + length;
    for (int i = 12; i < 20; i += 2) {
      pseudo += frame.getShort(ETHERNET + i) & 0xFFFF;
    }
    frame.putShort(TCP + 16, checksum(frame, TCP, length, pseudo));
    return frame.array();
  }

  static short checksum(ByteBuffer bytes, int from, int length, int start) {
    int sum = start;
    for (int i = 0; i < length; i += 2) {
      sum += bytes.getShort(from + i) & 0xFFFF;
    }
    sum = (sum & 0xFFFF) + (sum >>> 16);
    return (short) ~((sum & 0xFFFF) + (sum >>> 16));
  }

  void serve(int... cores) {
    serving = cores;
  }

  void exchange() {
    for (Flow flow : flows.values()) {
      if (flow.client.error == null) {
        flow.client.sendMore(BYTES);
      }
      if (flow.server.connection != null) {
        flow.server.sendMore(BYTES);
      }
    }
    stacks.run(3);
  }

  void expectAllAlive(int bytes) {
    int dead = 0;
    for (Flow flow : flows.values()) {
      assertNull(flow.client.mismatch);
      assertNull(flow.server.mismatch);
      boolean whole = flow.server.received == bytes && flow.client.received == bytes;
      dead += whole && !flow.client.isClosed() && !flow.server.isClosed() ? 0 : 1;
    }
    assertEquals(0, dead, "of " + flows.size() + " connections are dead");
    assertTrue(flows.values().stream().allMatch(f -> f.accepts == 1), "accepted twice");
    assertEquals(0, strangers.size());
  }

  void closeAll() {
    for (Flow flow : flows.values()) {
      if (flow.server.connection != null) {
        flow.server.connection.close();
      }
    }
    stacks.run(1);
    for (Flow flow : flows.values()) {
      if (flow.client.connection != null) {
        flow.client.connection.close();
      }
    }
    stacks.run(1);
  }

  void expectNothingLeft() {
    closeAll();
    stacks.run(200); // TIME_WAIT
    assertEquals(0, stacks.server.flows());
    assertEquals(0, stacks.timers());
    assertEquals(0, stacks.buffersInUse());
    assertEquals(0, stacks.count(Counter.PACKET_EXCEPTIONS));
    assertEquals(0, stacks.count(Counter.HANDLER_EXCEPTIONS));
  }
}
