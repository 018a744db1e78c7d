package org.mosstack.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.BindException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.mosstack.header.TcpHeader;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.StackPair;

/**
 * What is left of flows that were served by another core than they arrive on, and of such a core.
 */
class ServingCoresEndTest extends ServingCoresTestBase {
  /** The server's TIME_WAIT is on the core that served the connection, and is found there. */
  @Test
  void timeWaitIsFoundWhereItIs() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    serve(2);
    Map<Integer, byte[]> fins = new HashMap<>();
    onReceived(
        frame -> {
          boolean fromClient =
              isTcp(frame)
                  && ByteBuffer.wrap(frame).getInt(ETHERNET + 12) == StackPair.CLIENT_ADDRESS;
          if (fromClient && (frame[TCP + 13] & TcpHeader.FIN) != 0) {
            fins.put(ByteBuffer.wrap(frame).getShort(TCP) & 0xFFFF, frame);
          }
        });
    closeAll();
    assertEquals(16, fins.size());
    long resets = stacks.server.count(Counter.TCP_RESETS_SENT);
    long sent = stacks.server.count(Counter.TCP_SEGMENTS_SENT);
    fins.forEach( // as if our last ACK was lost
        (port, fin) -> stacks.serverTap.inject(queue(StackPair.CLIENT_ADDRESS, port), fin));
    stacks.run(1);
    assertEquals(0, stacks.server.count(Counter.TCP_RESETS_SENT) - resets);
    assertEquals(16, stacks.server.count(Counter.TCP_SEGMENTS_SENT) - sent);
    expectNothingLeft();
  }

  /** The client closes first: the server keeps neither the connection nor its location. */
  @Test
  void aFlowThatIsOverIsForgotten() throws IOException {
    start(1000, "");
    serve(1);
    connectTo(0, 6);
    List<Flow> old = List.copyOf(flows.values());
    old.forEach(flow -> flow.client.connection.close());
    stacks.run(1);
    old.forEach(flow -> flow.server.connection.close());
    stacks.run(100); // the client's TIME_WAIT
    assertEquals(0, stacks.server.flows());
    serve(2);
    connectAgain(old);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 2));
    assertEquals(0, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  private List<Flow> sixInTimeWait() throws IOException {
    start(1000, "");
    serve(1);
    connectTo(0, 6);
    List<Flow> old = List.copyOf(flows.values());
    closeAll();
    assertTrue(stacks.server.flows() >= 6, "in TIME_WAIT");
    return old;
  }

  private void connectAgain(List<Flow> old) throws IOException {
    flows.clear();
    for (Flow flow : old) {
      connectBy(flow.port);
    }
    stacks.run(3);
    exchange();
    expectAllAlive(BYTES);
    expectNothingLeft();
    old.forEach(flow -> flow.client.free());
    old.forEach(flow -> flow.server.free());
  }

  @Test
  void aPortInTimeWaitIsReused() throws IOException {
    connectAgain(sixInTimeWait());
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 1));
    assertEquals(6, stacks.server.count(Counter.TCP_TIME_WAIT_REUSED));
    assertEquals(0, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  /** TIME_WAIT is on a core that no longer serves: the second SYN opens a connection elsewhere. */
  @Test
  void aPortInTimeWaitIsReusedOnAnotherCore() throws IOException {
    List<Flow> old = sixInTimeWait();
    serve(2);
    connectAgain(old);
    assertTrue(flows.values().stream().allMatch(f -> f.servedBy == 2));
    assertEquals(0, stacks.server.count(Counter.TCP_TIME_WAIT_REUSED));
    assertEquals(6, stacks.server.count(Counter.DROP_TCP_FLOW_MOVED));
  }

  /** Connects from ports whose packets arrive on one core of the server. */
  private void connectTo(int arrivalCore, int count) throws IOException {
    int port = 10_000 + flows.size() * 100;
    for (int done = 0; done < count; port++) {
      if (queue(StackPair.CLIENT_ADDRESS, port) == arrivalCore) {
        connectBy(port);
        done++;
      }
    }
    assertTrue(
        stacks.runUntil(() -> flows.values().stream().allMatch(f -> f.accepts > 0), 5),
        "not all were accepted");
  }

  private void connectBy(int port) throws IOException {
    for (int core = 0; ; core++) {
      try {
        open(core, port);
        return;
      } catch (BindException e) {
        assertTrue(core < CORES - 1, "no core's port " + port);
      }
    }
  }

  /** Serving cores that have ended get no new flows, and their old ones belong to nobody. */
  @Test
  void flowsOfAnEndedCoreAreForgotten() throws IOException {
    start(1000, "");
    serve(1);
    connectAndAccept(16);
    stacks.kill(stacks.server.core(1));
    stacks.run(5);
    assertTrue(flows.values().stream().allMatch(f -> f.client.isClosed()));
    List<Flow> old = List.copyOf(flows.values());
    connect(24);
    stacks.run(5);
    for (Flow flow : flows.values()) {
      if (!old.contains(flow)) {
        int core = arrivalCore(flow);
        assertEquals(core == 1 ? -1 : core, flow.servedBy, "arrives at " + core);
      }
    }
  }
}
