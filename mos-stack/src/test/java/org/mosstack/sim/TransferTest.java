package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.socket.TcpError;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.StackPair;

/**
 * Whole stacks against each other over a good wire, whatever its MTU; every byte is compared.
 * {@link SimulationTest} covers bad wires.
 */
class TransferTest {
  static final int PORT = 80;

  /**
   * Runs one transfer in both directions, until both stacks are closed.
   *
   * @return false if it couldn't begin: all of ARP's requests or answers were lost, or an answer
   *     was corrupted, which only Ethernet's own checksum could have detected
   */
  static boolean transfer(StackPair.Setup setup, String what, long upBytes, long downBytes)
      throws IOException {
    try (StackPair sim = setup.start()) {
      Peer client = new Peer(1, upBytes, 2, downBytes);
      Peer server = new Peer(2, downBytes, 1, upBytes);
      sim.server.listen(
          Endpoint.any(PORT),
          16,
          SocketOptions.DEFAULT,
          -1,
          (l, core) -> {
            for (TcpConnection c = l.accept(core); c != null; c = l.accept(core)) {
              server.start(c);
            }
          });
      sim.clientCore().connect(Endpoints.of(StackPair.SERVER_ADDRESS, PORT), client);
      boolean done =
          sim.runUntil(
              () ->
                  client.isClosed() && (server.isClosed() || !client.events.contains("connected")),
              3600);
      if (!client.events.contains("connected")) {
        return false;
      }
      String state = what + ": client " + client.events + ", server " + server.events;
      assertTrue(done, () -> state + " not closed in time");
      assertAll(
          state,
          () -> assertNull(client.mismatch),
          () -> assertNull(server.mismatch),
          () -> assertEquals(downBytes, client.received),
          () -> assertEquals(upBytes, server.received),
          () -> assertEquals(TcpError.NONE, client.error),
          () -> assertEquals(TcpError.NONE, server.error));
      sim.run(400); // TIME_WAIT, and packets still in transit
      assertAll(
          state,
          () -> assertEquals(0, client.heldBuffers() + server.heldBuffers()),
          () -> assertEquals(0, sim.serverCore().connections()),
          () -> assertEquals(0, sim.clientCore().connections()),
          () -> assertEquals(0, sim.serverCore().timers()),
          () -> assertEquals(0, sim.clientCore().timers()),
          () -> assertEquals(0, sim.serverCore().buffersInUse()),
          () -> assertEquals(0, sim.clientCore().buffersInUse()),
          () -> assertEquals(0, sim.server.count(Counter.PACKET_EXCEPTIONS)),
          () -> assertEquals(0, sim.server.count(Counter.HANDLER_EXCEPTIONS)),
          () -> assertEquals(0, sim.client.count(Counter.PACKET_EXCEPTIONS)),
          () -> assertEquals(0, sim.client.count(Counter.HANDLER_EXCEPTIONS)));
      client.free();
      server.free();
      return true;
    }
  }

  @Test
  void cleanWire() throws IOException {
    assertTrue(transfer(new StackPair.Setup(1), "clean", 100_000, 1_000_000));
  }

  /** The range of a port's mtu argument: from 16 bytes of payload to the maximum less headers. */
  @ParameterizedTest
  @ValueSource(ints = {68, 576, 9000, 65393})
  void anyMtu(int mtu) throws IOException {
    UnaryOperator<NetDevice> port =
        device ->
            new ForwardingDevice(device) {
              @Override
              public int mtu() {
                return mtu;
              }
            };
    StackPair.Setup setup =
        new StackPair.Setup(mtu)
            .mos("rmem_size = 1048576\nwmem_size = 1048576")
            .port(port)
            .clientPort(port);
    assertTrue(transfer(setup, "mtu " + mtu, 200_000, 2_000_000));
  }

  @Test
  void nothingToSend() throws IOException {
    assertTrue(transfer(new StackPair.Setup(2), "empty", 0, 0));
  }
}
