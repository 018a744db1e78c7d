package org.mosstack;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import org.mosstack.config.MosConfig;
import org.mosstack.device.DeviceFactory;
import org.mosstack.device.WireHub;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FrameTap;

/** Two stacks of several cores, joined by a wire with a tap at each end, in virtual time. */
final class StackPair implements AutoCloseable {
  static final int SERVER_ADDRESS = 0x0A00_0001;
  static final int CLIENT_ADDRESS = 0x0A00_0002;
  private static final long TURN_NANOS = 10_000;

  final MosStack server;
  final MosStack client;

  /** Whether processing a packet is expected to throw, once. */
  boolean willThrow;

  FrameTap serverTap;
  FrameTap clientTap;
  private long now = 1_000_000_000_000L;

  StackPair(int cores, long seed) {
    WireHub hub = new WireHub(new SplittableRandom(seed));
    server =
        start(
            cores,
            "10.0.0.1/24",
            seed + 1,
            (name, arguments, queues) ->
                serverTap = new FrameTap(hub.create(name, arguments, queues)));
    client =
        start(
            cores,
            "10.0.0.2/24",
            seed + 2,
            (name, arguments, queues) ->
                clientTap = new FrameTap(hub.create(name, arguments, queues)));
    for (int i = 0; i < cores; i++) {
      server.core(i).attach();
      client.core(i).attach();
    }
  }

  private MosStack start(int cores, String address, long seed, DeviceFactory factory) {
    String mask = "0x" + Long.toHexString((1L << cores) - 1);
    String text =
        """
        application {
          type = end
          run = test
          core_mask = %1$s
        }
        mos {
          max_concurrency = 1000
          netdev {
            dpdk0 %1$s %2$s wire=pair
          }
        }
        """
            .formatted(mask, address);
    return MosStack.builder(MosConfig.parse("pair.conf", text))
        .device(WireHub.WIRE, factory)
        .clock(() -> now)
        .seed(seed)
        .allowOversubscribe(true)
        .start();
  }

  /** Runs one turn of all cores. */
  int turn() {
    int work = 0;
    for (int i = 0; i < server.cores(); i++) {
      work += server.core(i).poll() + client.core(i).poll();
    }
    now += TURN_NANOS;
    return work;
  }

  /** Runs turns until the condition holds, but at most this many. */
  boolean runUntil(BooleanSupplier condition, int turns) {
    for (int i = 0; i < turns && !condition.getAsBoolean(); i++) {
      turn();
    }
    return condition.getAsBoolean();
  }

  /** Runs turns until nothing is left to do. */
  void settle() {
    for (int idle = 0; idle < 3; ) {
      idle = turn() == 0 ? idle + 1 : 0;
    }
  }

  /** Returns the client's gratuitous ARP, as sent at start. */
  byte[] announcement() {
    ByteBuffer frame = ByteBuffer.allocate(60);
    long mac = clientTap.mac();
    frame.putShort((short) -1).putInt(-1).putShort((short) (mac >>> 32)).putInt((int) mac);
    frame.putShort((short) 0x0806).putShort((short) 1).putShort((short) 0x0800);
    frame.put((byte) 6).put((byte) 4).putShort((short) 1);
    frame.putShort((short) (mac >>> 32)).putInt((int) mac).putInt(CLIENT_ADDRESS);
    frame.putShort((short) 0).putInt(0).putInt(CLIENT_ADDRESS);
    return frame.array();
  }

  int buffersInUse() {
    int sum = 0;
    for (int i = 0; i < server.cores(); i++) {
      sum += server.core(i).buffersInUse() + client.core(i).buffersInUse();
    }
    return sum;
  }

  @Override
  public void close() {
    server.close();
    client.close();
    long thrown = server.count(Counter.PACKET_EXCEPTIONS) + client.count(Counter.PACKET_EXCEPTIONS);
    assertEquals(willThrow ? 1 : 0, thrown, "packets whose processing threw");
  }
}
