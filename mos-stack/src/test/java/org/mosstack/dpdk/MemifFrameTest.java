package org.mosstack.dpdk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.config.ConfigException;
import org.mosstack.config.MosConfig;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** The longest frames over DPDK's shared memory, between two ports of this process. */
class MemifFrameTest {
  private static final int TAGGED_HEADER_BYTES = 18;
  private static final long MAC = 0x02_00_00_00_00_01L;

  @TempDir private Path folder;

  /** A port with the pool of the core that uses it. */
  private final class Port implements AutoCloseable {
    final NetDevice device;
    final MbufPool pool;

    Port(String role, int mtu, int dataRoom) {
      String arguments = "role=" + role + ",mtu=" + mtu + ",socket=" + folder.resolve("memif.sock");
      MosConfig config =
          MosConfig.builder().netdev("memif0 0x1 10.0.0.1/24 net_memif=" + arguments).build();
      DpdkDevices dpdk = new DpdkDevices(config, 0, 1, 4096, new SplittableRandom(1));
      device = dpdk.open(config.netdevs().get(0), 1);
      int room = Math.max(MbufPool.DEFAULT_DATA_ROOM_BYTES, device.frameBytes());
      pool = dpdk.pool(Math.max(room, dataRoom));
      device.start(List.of(pool));
      device.attach(0, pool);
    }

    @Override
    public void close() {
      device.detach(0);
      device.close();
      pool.close();
    }
  }

  private static void assumeInstalled() {
    try {
      DpdkLibraries.open();
    } catch (ConfigException e) {
      assumeTrue(false, e.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1500, 2034, 9000})
  @Timeout(value = 60, unit = TimeUnit.SECONDS)
  void fullSizeFrameWithAPriorityTagArrives(int mtu) {
    assumeInstalled();
    byte[] frame = new byte[TAGGED_HEADER_BYTES + mtu];
    new SplittableRandom(mtu).nextBytes(frame);
    ByteBuffer.wrap(frame).putShort((short) (MAC >>> 32)).putInt((int) MAC).putInt(12, 0x8100_0000);
    try (Port server = new Port("server", mtu, 0);
        Port client = new Port("client", mtu, frame.length)) {
      long[] burst = new long[32];
      burst[0] = client.pool.alloc();
      Mbuf.append(burst[0], frame, 0, frame.length);
      while (!server.device.linkUp() || client.device.transmit(0, burst, 1) == 0) {
        Thread.onSpinWait();
      }
      int n = 0;
      while (n == 0 && server.device.receiveErrors(0) == 0) {
        n = server.device.receive(0, burst, burst.length);
      }
      assertEquals(1, n, "frames");
      byte[] received = new byte[Mbuf.packetLength(burst[0])];
      Mbuf.copyTo(burst[0], received);
      server.pool.free(burst[0]);
      assertArrayEquals(frame, received);
    }
  }
}
