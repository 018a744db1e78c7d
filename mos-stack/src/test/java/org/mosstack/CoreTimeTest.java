package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.config.MosConfig;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpConnection;
import org.mosstack.testkit.Endpoints;
import org.mosstack.testkit.RecordingHandler;

/** What happens between two polls happens at its own time, not at that of the last poll. */
class CoreTimeTest {
  private static final long SECOND = 1_000_000_000L;
  private static final int LOCALHOST = 0x7F00_0001;
  private static final int PORT = 80;

  private final RecordingHandler handler = new RecordingHandler();
  private long now = 5000 * SECOND;
  private final MosStack stack =
      MosStack.builder(
              MosConfig.parse(
                  "time.conf",
                  """
                  application {
                    type = end
                    run = time
                    core_mask = 0x1
                  }
                  mos {
                    netdev {
                      dpdk0 0x1 10.0.0.1/24 wire=time
                    }
                  }
                  """))
          .clock(() -> now)
          .seed(1)
          .allowOversubscribe(true)
          .start();
  private final StackCore core = stack.core(0);

  CoreTimeTest() {
    core.attach();
    turns();
  }

  @AfterEach
  void close() {
    stack.close();
  }

  private void turns() {
    for (int i = 0; i < 10; i++) {
      core.poll();
    }
  }

  private void sleep(long nanos) {
    assertTrue(core.prepareSleep());
    now += nanos;
    core.finishSleep();
  }

  @Test
  void timeoutOfAnOpenStartsWithTheOpen() throws IOException {
    sleep(60 * SECOND);
    core.connect(
        Endpoint.ANY,
        Endpoints.of(LOCALHOST, PORT),
        1000,
        SocketOptions.DEFAULT,
        handler); // a task that woke the thread
    now += SECOND / 2;
    turns();
    assertEquals(
        List.of("closed REFUSED"), handler.events); // nobody listens, and the RST was received
  }

  @Test
  void sleepIsNoRoundTrip() throws IOException {
    stack.listen(Endpoint.any(PORT), 1, SocketOptions.DEFAULT, -1, (listener, index) -> {});
    sleep(60 * SECOND);
    TcpConnection c = core.connect(Endpoints.of(LOCALHOST, PORT), handler);
    now += 1000;
    turns();
    assertEquals(List.of("connected"), handler.events);
    assertTrue(c.smoothedRttNanos() <= 1000, "round trip of " + c.smoothedRttNanos() + " ns");
  }

  @Test
  void longTaskIsNoRoundTrip() throws IOException {
    stack.listen(Endpoint.any(PORT), 1, SocketOptions.DEFAULT, -1, (listener, index) -> {});
    now += 3 * SECOND; // a slow task opens a connection
    TcpConnection c = core.connect(Endpoints.of(LOCALHOST, PORT), handler);
    turns();
    assertTrue(c.smoothedRttNanos() <= 1000, "round trip of " + c.smoothedRttNanos() + " ns");
  }
}
