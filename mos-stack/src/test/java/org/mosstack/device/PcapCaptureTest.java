package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.mbuf.MbufPool;

class PcapCaptureTest {
  private static final long WALL_NANOS = 1_800_000_000_123_456_789L;
  private static final Consumer<IOException> NO_ERROR = e -> fail(e);

  @TempDir Path folder;
  private final MbufPool near = new MbufPool(3000, 65407);
  private final MbufPool far = new MbufPool(3000, 65407);
  private final long[] burst = new long[4096];
  private long now = -5_000; // a clock's origin is arbitrary
  private NetDevice plain;
  private PcapCapture capture;

  private record Packet(long nanos, int length, byte[] bytes) {}

  @AfterEach
  void allBuffersAreBack() {
    if (plain != null) {
      capture.detach(0);
      plain.detach(0);
      capture.close();
    }
    assertEquals(0, near.inUse());
    assertEquals(0, far.inUse());
    near.close();
    far.close();
  }

  private void open(Path file, Consumer<IOException> onError) throws IOException {
    Wire wire = new Wire("w", 1, 1, 65000, new SplittableRandom(1));
    plain = wire.end(0);
    capture = PcapCapture.open(wire.end(1), file, () -> now, WALL_NANOS, onError);
    plain.attach(0, far);
    capture.attach(0, near);
  }

  private static List<Packet> parse(Path file) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(0xA1B23C4D, in.getInt(), "nanosecond magic");
    assertEquals(2, in.getShort());
    assertEquals(4, in.getShort());
    assertEquals(0, in.getInt());
    assertEquals(0, in.getInt());
    assertEquals(65535, in.getInt(), "snaplen");
    assertEquals(1, in.getInt(), "Ethernet");
    List<Packet> packets = new ArrayList<>();
    while (in.hasRemaining()) {
      long seconds = Integer.toUnsignedLong(in.getInt());
      int fraction = in.getInt();
      assertTrue(fraction >= 0 && fraction < 1_000_000_000);
      byte[] bytes = new byte[in.getInt()];
      int length = in.getInt();
      in.get(bytes);
      packets.add(new Packet(seconds * 1_000_000_000 + fraction, length, bytes));
    }
    return packets;
  }

  @Test
  void writesBothDirectionsInTheirOrder() throws IOException {
    Path file = folder.resolve("a.pcap");
    open(file, NO_ERROR);
    List<byte[]> expected = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    long start = now;
    SplittableRandom random = new SplittableRandom(9);
    for (int turn = 0; turn < 300; turn++) {
      int in = random.nextInt(5);
      for (int i = 0; i < in; i++) {
        burst[i] = Frames.tcp(far, 1, turn, random.nextInt(3000));
        expected.add(Frames.bytes(burst[i]));
        times.add(WALL_NANOS + now - start);
      }
      assertEquals(in, plain.transmit(0, burst, in));
      assertEquals(in, capture.receive(0, burst, 64));
      for (int i = 0; i < in; i++) {
        near.free(burst[i]);
      }
      int out = random.nextInt(5);
      now += 1 + random.nextInt(1_000_000_000);
      for (int i = 0; i < out; i++) {
        burst[i] = Frames.tcp(near, 2, turn, random.nextInt(3000));
        expected.add(Frames.bytes(burst[i]));
        times.add(WALL_NANOS + now - start);
      }
      assertEquals(out, capture.transmit(0, burst, out));
      int n = plain.receive(0, burst, 64);
      for (int i = 0; i < n; i++) {
        far.free(burst[i]);
      }
    }
    capture.close();
    List<Packet> packets = parse(file);
    assertEquals(expected.size(), packets.size());
    for (int i = 0; i < packets.size(); i++) {
      assertArrayEquals(expected.get(i), packets.get(i).bytes, "packet " + i);
      assertEquals(expected.get(i).length, packets.get(i).length);
      assertEquals(times.get(i), packets.get(i).nanos);
    }
  }

  @Test
  void anEmptyCaptureIsAFileToo() throws IOException {
    Path file = folder.resolve("empty.pcap");
    open(file, NO_ERROR);
    capture.close();
    assertEquals(List.of(), parse(file));
  }

  @Test
  void whatTheDeviceRefusedIsWrittenOnceItIsTaken() throws IOException {
    Path file = folder.resolve("b.pcap");
    open(file, NO_ERROR);
    for (int i = 0; i < 1100; i++) {
      burst[i] = Frames.tcp(near, 1, i, 0);
    }
    int taken = capture.transmit(0, burst, 1100);
    assertTrue(taken > 0 && taken < 1100);
    assertEquals(0, capture.transmit(0, new long[] {burst[taken]}, 1));
    System.arraycopy(burst, taken, burst, 0, 1100 - taken);
    int left = 1100 - taken;
    long[] received = new long[2000];
    int n = plain.receive(0, received, 2000);
    for (int i = 0; i < n; i++) {
      far.free(received[i]);
    }
    assertEquals(left, capture.transmit(0, burst, left));
    capture.close();
    List<Packet> packets = parse(file);
    assertEquals(1100, packets.size());
    for (int i = 0; i < 1100; i++) {
      assertEquals(i, ByteBuffer.wrap(packets.get(i).bytes).getInt(38), "sequence number");
    }
  }

  @Test
  void largePacketsAndLargeBursts() throws IOException {
    Path file = folder.resolve("c.pcap");
    open(file, NO_ERROR);
    for (int i = 0; i < 20; i++) { // 1.3 MB at once, more than the file's buffer
      burst[i] = Frames.tcp(near, 1, i, 65000 - 40);
    }
    assertEquals(20, capture.transmit(0, burst, 20));
    burst[0] = Frames.tcp(near, 1, 20, 0);
    assertEquals(1, capture.transmit(0, burst, 1));
    capture.close();
    List<Packet> packets = parse(file);
    assertEquals(21, packets.size());
    for (int i = 0; i < 21; i++) {
      assertEquals(i, ByteBuffer.wrap(packets.get(i).bytes).getInt(38), "sequence number");
      assertEquals(i < 20 ? 65014 : 54, packets.get(i).length);
    }
  }

  @Test
  void anErrorEndsTheCaptureAndNothingElse() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.isWritable(full));
    List<IOException> errors = new ArrayList<>();
    open(full, errors::add);
    for (int i = 0; i < 2000; i++) {
      burst[0] = Frames.tcp(near, 1, i, 1400);
      assertEquals(1, capture.transmit(0, burst, 1));
      assertEquals(1, plain.receive(0, burst, 64));
      assertEquals(i, Frames.sequence(burst[0]));
      assertEquals(1, plain.transmit(0, new long[] {Frames.tcp(far, 1, i, 0)}, 1));
      far.free(burst[0]);
      assertEquals(1, capture.receive(0, burst, 64));
      near.free(burst[0]);
    }
    capture.close();
    assertEquals(1, errors.size());
  }

  @Test
  void anErrorOnCloseIsReported() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.isWritable(full));
    List<IOException> errors = new ArrayList<>();
    open(full, errors::add);
    capture.close();
    capture.close();
    assertEquals(1, errors.size());
  }

  @Test
  void anInterruptedThreadGoesOnCapturing() throws IOException {
    Path file = folder.resolve("d.pcap");
    open(file, NO_ERROR);
    Thread.currentThread().interrupt();
    for (int i = 0; i < 1000; i++) {
      burst[0] = Frames.tcp(near, 1, i, 1400);
      assertEquals(1, capture.transmit(0, burst, 1));
      assertEquals(1, plain.receive(0, burst, 64));
      far.free(burst[0]);
    }
    capture.close();
    assertTrue(Thread.interrupted());
    assertEquals(1000, parse(file).size());
  }

  @Test
  void aFileThatCantBeMadeIsTheCallersError() {
    NetDevice end = new Wire("w", 1, 1, 1500, new SplittableRandom(1)).end(0);
    Path file = folder.resolve("no/such/folder.pcap");
    assertThrows(IOException.class, () -> PcapCapture.open(end, file, () -> now, NO_ERROR));
  }

  @Test
  void theWallClockIsTheDefaultOrigin() throws IOException {
    Path file = folder.resolve("e.pcap");
    NetDevice end = new Wire("w", 1, 1, 1500, new SplittableRandom(1)).end(0);
    long before = System.currentTimeMillis();
    PcapCapture wall = PcapCapture.open(end, file, () -> now, NO_ERROR);
    long after = System.currentTimeMillis();
    wall.attach(0, near);
    assertEquals(1, wall.transmit(0, new long[] {Frames.tcp(near, 1, 1, 0)}, 1));
    wall.detach(0);
    wall.close();
    long millis = parse(file).getFirst().nanos / 1_000_000;
    assertTrue(before <= millis && millis <= after);
  }
}
