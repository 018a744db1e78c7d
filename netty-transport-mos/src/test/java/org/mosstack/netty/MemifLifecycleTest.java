package org.mosstack.netty;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * Both ends of a shared memory link close at the same moment: what the driver does on DPDK's
 * interrupt thread when a peer disconnects must not interfere with closing the port.
 */
class MemifLifecycleTest {
  @RepeatedTest(40)
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void bothEndsCloseAtOnce() {
    try (Net net = Net.memif(2, 1)) {
      net.connect(net.bind(_ -> {}), _ -> {})
          .writeAndFlush(net.allocator.directBuffer().writeByte(1));
    }
  }
}
