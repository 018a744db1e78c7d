package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.os.PcapInstallation;

class PcapCaptureTest {
  private static final long WALL_NANOS = 1_800_000_000_123_456_789L;

  @TempDir Path folder;
  private final MbufPool near = new MbufPool(3000, 65407);
  private final MbufPool far = new MbufPool(3000, 65407);
  private final long[] burst = new long[4096];
  private long now = -5_000; // a clock's origin is arbitrary
  private final List<String> ends = new CopyOnWriteArrayList<>();
  private NetDevice plain;
  private PcapCapture capture;
  private PcapFile file;

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
    assertEquals(List.of(), ends);
    near.close();
    far.close();
  }

  /** A wire, one end of which can be captured. */
  private void wire() {
    Wire wire = new Wire("w", 1, 1, 65000, new SplittableRandom(1));
    Instant start = Instant.ofEpochSecond(0, WALL_NANOS);
    plain = wire.end(0);
    capture = new PcapCapture(wire.end(1), () -> now, () -> start);
    plain.attach(0, far);
    capture.attach(0, near);
  }

  private PcapFile.Builder to(Path path) {
    return PcapFile.to(path).onEnd(ends::add);
  }

  private void open(Path path) throws IOException {
    wire();
    file = to(path).waitForDisk().open();
    capture.start(file);
  }

  /** Sends a packet to each end. */
  private void exchange(int sequence, int payload) {
    burst[0] = FlowFrames.tcp(near, 1, sequence, payload);
    assertEquals(1, capture.transmit(0, burst, 1));
    assertEquals(1, plain.receive(0, burst, 64));
    assertEquals(sequence, FlowFrames.sequence(burst[0]));
    far.free(burst[0]);
    assertEquals(1, plain.transmit(0, new long[] {FlowFrames.tcp(far, 2, sequence, 0)}, 1));
    assertEquals(1, capture.receive(0, burst, 64));
    near.free(burst[0]);
  }

  private static List<Integer> sequences(Path file) throws IOException {
    return parse(file).stream().map(p -> ByteBuffer.wrap(p.bytes).getInt(38)).toList();
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
    Path path = folder.resolve("a.pcap");
    open(path);
    List<byte[]> expected = new ArrayList<>();
    List<Long> times = new ArrayList<>();
    long start = now;
    SplittableRandom random = new SplittableRandom(9);
    for (int turn = 0; turn < 300; turn++) {
      int in = random.nextInt(5);
      for (int i = 0; i < in; i++) {
        burst[i] = FlowFrames.tcp(far, 1, turn, random.nextInt(3000));
        expected.add(FlowFrames.bytes(burst[i]));
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
        burst[i] = FlowFrames.tcp(near, 2, turn, random.nextInt(3000));
        expected.add(FlowFrames.bytes(burst[i]));
        times.add(WALL_NANOS + now - start);
      }
      assertEquals(out, capture.transmit(0, burst, out));
      int n = plain.receive(0, burst, 64);
      for (int i = 0; i < n; i++) {
        far.free(burst[i]);
      }
    }
    capture.close();
    List<Packet> packets = parse(path);
    assertEquals(expected.size(), packets.size());
    for (int i = 0; i < packets.size(); i++) {
      assertArrayEquals(expected.get(i), packets.get(i).bytes, "packet " + i);
      assertEquals(expected.get(i).length, packets.get(i).length);
      assertEquals(times.get(i), packets.get(i).nanos);
    }
  }

  @Test
  void anEmptyCaptureIsAFileToo() throws IOException {
    Path path = folder.resolve("empty.pcap");
    open(path);
    capture.close();
    assertEquals(List.of(), parse(path));
  }

  @Test
  void whatTheDeviceRefusedIsWrittenOnceItIsTaken() throws IOException {
    Path path = folder.resolve("b.pcap");
    open(path);
    for (int i = 0; i < 1100; i++) {
      burst[i] = FlowFrames.tcp(near, 1, i, 0);
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
    List<Packet> packets = parse(path);
    assertEquals(1100, packets.size());
    for (int i = 0; i < 1100; i++) {
      assertEquals(i, ByteBuffer.wrap(packets.get(i).bytes).getInt(38), "sequence number");
    }
  }

  @Test
  void largePacketsAndLargeBursts() throws IOException {
    Path path = folder.resolve("c.pcap");
    open(path);
    for (int i = 0; i < 20; i++) { // 1.3 MB at once, more than the file's buffer
      burst[i] = FlowFrames.tcp(near, 1, i, 65000 - 40);
    }
    assertEquals(20, capture.transmit(0, burst, 20));
    burst[0] = FlowFrames.tcp(near, 1, 20, 0);
    assertEquals(1, capture.transmit(0, burst, 1));
    capture.close();
    List<Packet> packets = parse(path);
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
    open(full);
    for (int i = 0; i < 2000; i++) {
      exchange(i, 1400);
    }
    capture.close();
    assertEquals("/dev/full: the capture has ended: No space left on device", ends.removeFirst());
  }

  @Test
  void anErrorOnCloseIsReported() throws IOException {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.isWritable(full));
    open(full);
    capture.close();
    capture.close();
    assertEquals("/dev/full: the capture has ended: No space left on device", ends.removeFirst());
  }

  @Test
  void anInterruptedThreadGoesOnCapturing() throws IOException {
    Path path = folder.resolve("d.pcap");
    open(path);
    Thread.currentThread().interrupt();
    for (int i = 0; i < 1000; i++) {
      burst[0] = FlowFrames.tcp(near, 1, i, 1400);
      assertEquals(1, capture.transmit(0, burst, 1));
      assertEquals(1, plain.receive(0, burst, 64));
      far.free(burst[0]);
    }
    capture.close();
    assertTrue(Thread.interrupted());
    assertEquals(1000, parse(path).size());
  }

  @Test
  void aFileThatCantBeMadeIsTheCallersError() {
    Path path = folder.resolve("no/such/folder.pcap");
    assertThrows(IOException.class, () -> to(path).open());
  }

  @Test
  void onlyItsUserMayReadIt() throws IOException {
    Path path = Files.writeString(folder.resolve("old.pcap"), "older");
    to(path).open().close();
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
    assertEquals(List.of(), parse(path));
  }

  @Test
  void theWallClockIsTheDefaultOrigin() throws IOException {
    Path path = folder.resolve("e.pcap");
    NetDevice end = new Wire("w", 1, 1, 1500, new SplittableRandom(1)).end(0);
    PcapCapture wall = new PcapCapture(end, () -> now);
    long before = System.currentTimeMillis();
    wall.start(to(path).open());
    long after = System.currentTimeMillis();
    wall.attach(0, near);
    assertEquals(1, wall.transmit(0, new long[] {FlowFrames.tcp(near, 1, 1, 0)}, 1));
    wall.detach(0);
    wall.close();
    long millis = parse(path).getFirst().nanos / 1_000_000;
    assertTrue(before <= millis && millis <= after);
  }

  @Test
  void itBeginsAndEndsWhilePacketsFlow() throws IOException {
    Path first = folder.resolve("first.pcap");
    Path second = folder.resolve("second.pcap");
    wire();
    exchange(1, 100);
    PcapFile one = to(first).open();
    capture.start(one);
    exchange(2, 100);
    one.pause();
    exchange(3, 100);
    one.resume();
    exchange(4, 100);
    PcapFile other = to(second).open();
    IllegalStateException refused =
        assertThrows(IllegalStateException.class, () -> capture.start(other));
    assertEquals("w: packets are already being captured to " + first, refused.getMessage());
    one.close();
    one.resume();
    exchange(5, 100);
    capture.start(other);
    exchange(6, 100);
    other.close();
    exchange(7, 100);
    assertEquals(List.of(2, 2, 4, 4), sequences(first));
    assertEquals(List.of(6, 6), sequences(second));
    assertEquals(4, one.packets());
    assertEquals(0, one.dropped());
  }

  @Test
  void severalPortsShareAFile() throws IOException {
    Path path = folder.resolve("shared.pcap");
    open(path);
    NetDevice end = new Wire("v", 1, 1, 1500, new SplittableRandom(1)).end(0);
    PcapCapture neighbour = new PcapCapture(end, () -> now);
    neighbour.attach(0, near);
    neighbour.start(file);
    exchange(1, 0);
    assertEquals(1, neighbour.transmit(0, new long[] {FlowFrames.tcp(near, 1, 2, 0)}, 1));
    neighbour.detach(0);
    file.close();
    assertEquals(List.of(1, 1, 2), sequences(path));
    neighbour.close();
  }

  /** The file is never longer than that, and what doesn't fit any more ends it. */
  @Test
  void aLimitEndsIt() throws IOException {
    Path path = folder.resolve("limited.pcap");
    wire();
    long most = 24 + 5 * (16 + 54 + 100);
    file = to(path).limit(most).open();
    capture.start(file);
    int i = 0;
    for (; !file.hasEnded(); i++) {
      burst[0] = FlowFrames.tcp(near, 1, i, 100);
      assertEquals(1, capture.transmit(0, burst, 1));
      assertEquals(1, plain.receive(0, burst, 64));
      far.free(burst[0]);
    }
    exchange(i, 0);
    file.close();
    assertEquals(6, i);
    assertEquals(most, Files.size(path));
    assertEquals(List.of(0, 1, 2, 3, 4), sequences(path));
    assertEquals(
        path + ": the capture has ended at its limit of " + most + " bytes", ends.removeFirst());
    assertThrows(IllegalArgumentException.class, () -> to(path).limit(-1));
  }

  @Test
  void aFilterTakesWhatMatches() throws IOException {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
    Path path = folder.resolve("filtered.pcap");
    wire();
    file = to(path).filter("tcp src port 2 or len > 1000").open();
    capture.start(file);
    for (int i = 0; i < 10; i++) {
      for (int j = 0; j < 8; j++) {
        burst[j] = FlowFrames.tcp(near, j, 10 * i + j, j == 5 ? 1000 : 10);
      }
      assertEquals(8, capture.transmit(0, burst, 8));
      assertEquals(8, plain.receive(0, burst, 64));
      for (int j = 0; j < 8; j++) {
        far.free(burst[j]);
      }
    }
    file.close();
    List<Integer> expected = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      expected.addAll(List.of(10 * i + 2, 10 * i + 5));
    }
    assertEquals(expected, sequences(path));
    assertEquals(20, file.packets());
  }

  @Test
  void aFilterThatIsNone() {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> to(folder).filter("tcp prt 80"));
    assertTrue(refused.getMessage().startsWith("filter \"tcp prt 80\": "), refused.getMessage());
    assertEquals(1, refused.getMessage().lines().count());
  }

  /** A disk that takes nothing. */
  private static final class StuckDisk extends OutputStream {
    final CountDownLatch asked = new CountDownLatch(1);
    final CountDownLatch freed = new CountDownLatch(1);
    long written;

    @Override
    public void write(int b) {
      throw new AssertionError("one byte");
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      asked.countDown();
      boolean interrupted = false;
      while (freed.getCount() > 0) {
        try {
          freed.await();
        } catch (InterruptedException _) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
      written += length;
    }
  }

  /** Two buffers are filled, and then packets are missing in the file, but nowhere else. */
  @Test
  void aDiskThatIsStuckStopsNoPacket() throws InterruptedException {
    StuckDisk disk = new StuckDisk();
    wire();
    file = to(Path.of("disk")).open(disk);
    disk.asked.await(); // with the file's header
    capture.start(file);
    for (int i = 0; i < 4000; i++) {
      exchange(i, 1400);
    }
    long dropped = file.dropped();
    assertTrue(dropped > 0, "6 MB fit into 4");
    assertEquals(8000, file.packets() + dropped);
    disk.freed.countDown();
    file.close();
    long taken = file.packets() * (16 + 54) + (file.packets() / 2 + 1) * 1400;
    assertTrue(disk.written > 1 << 20 && disk.written < taken, disk.written + " bytes");
  }

  @Test
  void aCaptureThatIsToBeWholeWaitsForTheDisk() throws InterruptedException {
    StuckDisk disk = new StuckDisk();
    wire();
    file = to(Path.of("disk")).waitForDisk().open(disk);
    disk.asked.await();
    capture.start(file);
    Thread.currentThread().interrupt(); // which doesn't shorten that
    Thread freeing = Thread.ofPlatform().start(() -> freeOnceFull(disk));
    for (int i = 0; i < 4000; i++) {
      exchange(i, 1400);
    }
    assertTrue(Thread.interrupted());
    freeing.join();
    file.close();
    assertEquals(0, file.dropped());
    assertEquals(8000, file.packets());
    assertEquals(24 + 8000 * (16 + 54) + 4000 * 1400, disk.written);
  }

  private void freeOnceFull(StuckDisk disk) {
    while (file.packets() < 2000) { // 1.5 of 4 MB
      Thread.onSpinWait();
    }
    disk.freed.countDown();
  }

  /** A port that has looked before the pause comes too late, and one that waits is let go. */
  @Test
  void aPausedCaptureTakesNothingAndHoldsNobodyUp() throws InterruptedException {
    StuckDisk disk = new StuckDisk();
    wire();
    file = to(Path.of("disk")).waitForDisk().open(disk);
    disk.asked.await();
    byte[] record = new byte[(1 << 20) - 100];
    int[] ends = {record.length};
    Thread port = Thread.ofPlatform().start(() -> appendFive(record, ends));
    while (port.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    file.pause();
    port.join();
    file.append(record, new int[] {100}, 1); // for which there is room
    assertEquals(4, file.packets());
    assertEquals(0, file.dropped());
    disk.freed.countDown();
    file.close();
    assertEquals(24 + 4 * record.length, disk.written);
  }

  private void appendFive(byte[] record, int[] ends) {
    for (int i = 0; i < 5; i++) { // the buffer has room for four
      file.append(record, ends, 1);
    }
  }
}
