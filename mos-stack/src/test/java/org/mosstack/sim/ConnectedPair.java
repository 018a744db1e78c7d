package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.mosstack.os.OffHeap;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.RecordingHandler;
import org.mosstack.testkit.StackPair;

/** A pair of stacks with one connection, over which the client sends what the server reads. */
final class ConnectedPair implements AutoCloseable {
  private static final int PORT = 80;
  private static final int MEMORY_BYTES = 1 << 20;

  final StackPair stacks;
  final TcpConnection client;
  final TcpConnection server;
  final RecordingHandler sender = new RecordingHandler();
  final RecordingHandler receiver = new RecordingHandler();

  /** What is sent and read: the bytes don't matter. */
  private final OffHeap memory = OffHeap.map(MEMORY_BYTES);

  private int unsent;
  private int received;

  ConnectedPair(StackPair.Setup setup) throws IOException {
    stacks = setup.start();
    Queue<TcpConnection> accepted = new ArrayDeque<>();
    stacks.server.listen(
        Endpoint.any(PORT),
        16,
        SocketOptions.DEFAULT,
        -1,
        (listener, core) -> accepted.add(listener.accept(core)));
    client = stacks.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), sender);
    assertTrue(stacks.runUntil(() -> !accepted.isEmpty(), 10), "connected");
    server = accepted.remove();
    server.handler(receiver);
    sender.onWritable = _ -> send();
    receiver.onReadable = _ -> receive();
  }

  /**
   * Sends, until all of it has been read.
   *
   * @return the seconds of virtual time that this took
   */
  double transfer(int bytes) {
    long start = stacks.now();
    unsent = bytes;
    received = 0;
    send();
    stacks.clientCore().flush(); // it is under way before time moves on
    assertTrue(stacks.runUntil(() -> received == bytes, 600), () -> "received " + received);
    return (stacks.now() - start) / 1e9;
  }

  private void send() {
    int accepted = 1;
    while (unsent > 0 && accepted > 0) {
      accepted = client.write(memory.address(), Math.min(unsent, MEMORY_BYTES), memory);
      unsent -= accepted;
    }
  }

  /** Reads all that waits; at the end of the stream, closes. */
  void receive() {
    int read = 1;
    while (read > 0) {
      read = server.read(memory.address(), MEMORY_BYTES);
      received += Math.max(read, 0);
    }
    if (read < 0) {
      server.close();
    }
  }

  /** Closes the client's end, and the server's in answer. */
  void closeBoth() {
    client.close();
    stacks.run(1);
    assertEquals(List.of(TcpError.NONE, TcpError.NONE), List.of(sender.error, receiver.error));
  }

  @Override
  public void close() {
    stacks.close();
    memory.close();
  }
}
