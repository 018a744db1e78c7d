package org.mosstack.device;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.function.Consumer;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.time.Clock;

/**
 * Writes all packets of a device, received and sent, to a file that Wireshark opens: classic pcap
 * with nanosecond timestamps.
 *
 * <p>One file for all queues. Packets of one queue appear in the order in which the queue's thread
 * saw them; a packet to be sent is written once the inner device has taken it, with the time at
 * which it was handed over. Each queue collects a burst by itself, and only appending it takes the
 * file's lock. A packet whose checksums are left to the device appears as the stack hands it over,
 * with the pseudo-header's sum in their place, as in captures on Linux. An I/O error while packets
 * flow ends the capture and is reported once; packets are never disturbed.
 */
public final class PcapCapture extends ForwardingDevice {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  private final PcapWriter writer;
  private final Clock clock;
  private final long originNanos;
  private final Stage[] stages;

  private PcapCapture(NetDevice inner, PcapWriter writer, Clock clock, long originNanos) {
    super(inner);
    this.writer = writer;
    this.clock = clock;
    this.originNanos = originNanos;
    stages = new Stage[inner.queues()];
    for (int i = 0; i < stages.length; i++) {
      stages[i] = new Stage();
    }
  }

  /**
   * Starts a capture whose times begin at the machine's present wall-clock time and advance with
   * the stack's clock.
   *
   * @param inner the device; closed with this one
   * @param file created, or overwritten
   * @param clock the stack's
   * @param onError receives the I/O error that ended the capture, at most once, on the thread that
   *     met it; must not throw
   * @throws IOException if the file can't be created
   */
  public static PcapCapture open(
      NetDevice inner, Path file, Clock clock, Consumer<IOException> onError) throws IOException {
    Instant now = Instant.now();
    long wallNanos = now.getEpochSecond() * NANOS_PER_SECOND + now.getNano();
    return open(inner, file, clock, wallNanos, onError);
  }

  /**
   * Starts a capture.
   *
   * @param wallNanos the wall-clock time that corresponds to the clock's present reading, in
   *     nanoseconds since 1970
   * @see #open(NetDevice, Path, Clock, Consumer)
   * @throws IOException if the file can't be created
   */
  public static PcapCapture open(
      NetDevice inner, Path file, Clock clock, long wallNanos, Consumer<IOException> onError)
      throws IOException {
    return new PcapCapture(
        inner, new PcapWriter(file, onError), clock, wallNanos - clock.nanoTime());
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = super.receive(queue, mbufs, max);
    if (n > 0 && !writer.hasEnded()) {
      Stage stage = stages[queue];
      stage.collect(mbufs, n, originNanos + clock.nanoTime());
      writer.append(stage.bytes, stage.endOf(n));
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    if (writer.hasEnded()) {
      return super.transmit(queue, mbufs, n);
    }
    // The inner device owns the bytes once it has them, and how many it takes is known only then.
    Stage stage = stages[queue];
    stage.collect(mbufs, n, originNanos + clock.nanoTime());
    int taken = super.transmit(queue, mbufs, n);
    if (taken > 0) {
      writer.append(stage.bytes, stage.endOf(taken));
    }
    return taken;
  }

  /** Closes the inner device, writes what is buffered and closes the file. */
  @Override
  public void close() {
    super.close();
    writer.close();
  }

  /** The records of one burst. Belongs to a queue's thread; grows to the largest burst. */
  private static final class Stage {
    byte[] bytes = new byte[16 * 1024];
    private ByteBuffer view = view(bytes);
    private int[] ends = new int[64];

    private static ByteBuffer view(byte[] bytes) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    int endOf(int packets) {
      return ends[packets - 1];
    }

    void collect(long[] mbufs, int n, long nanos) {
      if (ends.length < n) {
        ends = new int[mbufs.length];
      }
      int seconds = (int) (nanos / NANOS_PER_SECOND); // unsigned 32 bits, to the year 2106
      int fraction = (int) (nanos % NANOS_PER_SECOND);
      int end = 0;
      for (int i = 0; i < n; i++) {
        int length = Mbuf.packetLength(mbufs[i]);
        int kept = Math.min(length, PcapWriter.SNAP_LENGTH);
        int data = end + PcapWriter.RECORD_HEADER_BYTES;
        if (data + kept > bytes.length) {
          bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, data + kept));
          view = view(bytes);
        }
        view.putInt(end, seconds).putInt(end + 4, fraction);
        view.putInt(end + 8, kept).putInt(end + 12, length);
        end = data + Mbuf.copyTo(mbufs[i], bytes, data, kept);
        ends[i] = end;
      }
    }
  }
}
