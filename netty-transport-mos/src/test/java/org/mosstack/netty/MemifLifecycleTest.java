package org.mosstack.netty;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Timeout;

/**
 * Both ends of shared memory go at the same moment: the driver's own work for a peer that goes, on
 * DPDK's interrupt thread, must not meet the closing of the port.
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
