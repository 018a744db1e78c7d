package org.mosstack.fuzz;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.mosstack.MosStack;
import org.mosstack.StackCore;
import org.mosstack.config.CoreMask;
import org.mosstack.config.MosConfig;
import org.mosstack.config.MosKeys;
import org.mosstack.socket.Endpoint;
import org.mosstack.socket.SocketOptions;
import org.mosstack.socket.TcpListener;
import org.mosstack.stats.Counter;
import org.mosstack.testkit.FakeDevice;
import org.mosstack.testkit.FrameBytes;

/**
 * Ethernet, ARP, IPv4, ICMP, UDP and TCP headers: arbitrary frames into a stack with a listener.
 * Its behaviour may not depend on what follows a frame's end, so each input runs twice, with
 * different bytes there.
 */
class FramesFuzzTest {
  private static final long STACK_MAC = 0x02_00_00_00_00_01L;
  private static final int MAX_FRAMES = 60;
  private static final MosConfig CONFIG =
      MosConfig.builder()
          .set(MosKeys.CORE_MASK, CoreMask.of(0))
          .set(MosKeys.MAX_CONCURRENCY, 64)
          .set(MosKeys.MAX_NUM_BUFFERS, 128)
          .set(MosKeys.RMEM_SIZE, 8192)
          .set(MosKeys.WMEM_SIZE, 8192)
          .set(MosKeys.TCP_TW_INTERVAL, 1)
          .set(MosKeys.TCP_TIMEOUT, 30)
          .netdev("dpdk0 0x1 10.0.0.1/24 wire=fuzz,checksum=1")
          .build();

  @FuzzTest
  void frames(byte[] input) throws IOException {
    assertEquals(run(input, 0), run(input, 0xFF), "bytes behind a frame's end made a difference");
  }

  /** Returns what was sent and counted, as text. */
  private static List<String> run(byte[] input, int stale) throws IOException {
    Input in = new Input(input);
    List<String> trace = new ArrayList<>();
    FakeDevice port =
        new FakeDevice("dpdk0", STACK_MAC, 1500)
            .onSent(
                frame -> {
                  String hex = HexFormat.of().formatHex(frame);
                  assertNull(FrameBytes.wrong(frame), hex);
                  trace.add(hex);
                });
    port.stale = stale;
    long[] now = {1_000_000_000_000L};
    try (MosStack stack =
        MosStack.builder(CONFIG)
            .device("wire", (_, _, _) -> port)
            .clock(() -> now[0])
            .seed(1)
            .allowOversubscribe(true)
            .start()) {
      StackCore core = stack.core(0);
      core.attach();
      TcpListener listener =
          stack.listen(Endpoint.any(80), 4, SocketOptions.DEFAULT, -1, (_, _) -> {});
      settle(core, port);
      int buffers = core.buffersInUse();
      for (int i = 0; i < MAX_FRAMES && !in.isEmpty(); i++) {
        port.arrive(frame(in));
        settle(core, port);
        now[0] += in.oneOf(0, 10_000, 1_000_000, 1_500_000_000);
      }
      listener.close();
      listener.drain(0);
      for (int i = 0; i < 2000 && core.buffersInUse() + core.timers() != buffers; i++) {
        now[0] =
            Math.max(now[0] + 1_000_000, Math.min(core.nextDeadlineNanos(), now[0] + (1L << 36)));
        settle(core, port);
      }
      assertEquals(buffers, core.buffersInUse(), "packet buffers not given back");
      assertEquals(0, core.timers(), "timers left");
      assertEquals(0, stack.count(Counter.PACKET_EXCEPTIONS), "a packet threw");
      for (Counter each : Counter.values()) {
        trace.add(each + " " + stack.count(each));
      }
    }
    return trace;
  }

  private static void settle(StackCore core, FakeDevice port) {
    int turns = 0;
    while (core.poll() != 0 || port.waiting() > 0) {
      assertEquals(true, ++turns < 10_000, "the stack doesn't come to rest");
    }
  }

  /** Returns a frame that is for the stack more often than not. */
  private static byte[] frame(Input in) {
    int how = in.u8();
    int length = in.u8() + (in.u8() & 7) * 256;
    byte[] rest = in.take(Math.min(length, FakeDevice.MAX_FRAME_BYTES - FrameBytes.ETHERNET_BYTES));
    if (how == 255) {
      return rest;
    }
    byte[] frame = new byte[FrameBytes.ETHERNET_BYTES + rest.length];
    FrameBytes.putMac(frame, 0, (how & 3) == 3 ? 0xFFFF_FFFF_FFFFL : STACK_MAC);
    FrameBytes.putMac(frame, 6, 0x02_00_00_00_00_02L);
    FrameBytes.put16(frame, 12, (how & 4) == 0 ? FrameBytes.TYPE_IPV4 : FrameBytes.TYPE_ARP);
    System.arraycopy(rest, 0, frame, FrameBytes.ETHERNET_BYTES, rest.length);
    if ((how & 8) == 0 && (how & 4) == 0 && frame.length >= FrameBytes.TCP) {
      FrameBytes.put32(frame, FrameBytes.IP + 12, 0x0A00_0002);
      FrameBytes.put32(frame, FrameBytes.IP + 16, 0x0A00_0001);
    }
    if ((how & 16) == 0) {
      FrameBytes.mend(frame);
    }
    return (how & 32) == 0 ? frame : Arrays.copyOf(frame, Math.min(frame.length, how & 31));
  }
}
