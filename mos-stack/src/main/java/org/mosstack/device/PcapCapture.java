package org.mosstack.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import org.mosstack.bpf.BpfInterpreter;
import org.mosstack.header.EthernetHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.time.Clock;

/**
 * A port whose packets, received and sent, can be captured to a {@link PcapFile} at any time while
 * it runs. Without a capture, a burst pays for reading a field.
 *
 * <p>Packets of one queue appear in the order in which the queue's thread saw them; a packet to be
 * sent is captured once the inner device has taken it, with the time at which it was handed over.
 * Each queue filters and collects a burst by itself, and only appending it takes the file's lock. A
 * packet whose checksums are left to the device appears as the stack hands it over, with the
 * pseudo-header's sum in their place, and a super-segment as one packet with the length of all of
 * it, as in captures on Linux. Packets are never disturbed.
 */
public final class PcapCapture extends ForwardingDevice {
  private static final long NANOS_PER_SECOND = 1_000_000_000L;

  /** Where a super-segment has the IPv4 total length of its first segment only. */
  private static final int IP_TOTAL_LENGTH = EthernetHeader.BYTES + 2;

  private final Clock clock;
  private final InstantSource wallClock;

  /** The capture that runs, or that has ended and isn't forgotten yet; null if there is none. */
  private volatile Session session;

  /**
   * Wraps a device.
   *
   * @param inner closed with this one
   * @param clock the stack's
   */
  public PcapCapture(NetDevice inner, Clock clock) {
    this(inner, clock, InstantSource.system());
  }

  /**
   * Wraps a device.
   *
   * @param inner closed with this one
   * @param clock the stack's
   * @param wallClock what a capture's times begin with; they advance with the stack's clock
   */
  public PcapCapture(NetDevice inner, Clock clock, InstantSource wallClock) {
    super(inner);
    this.clock = clock;
    this.wallClock = wallClock;
  }

  /**
   * Captures all packets from now on that the file takes, until that has ended. Any thread.
   *
   * @param file may be shared by several ports; closed with this device
   * @throws IllegalStateException if another capture hasn't ended yet
   */
  public synchronized void start(PcapFile file) {
    Session running = session;
    if (running != null && !running.file.hasEnded()) {
      throw new IllegalStateException(
          name() + ": packets are already being captured to " + running.file.path());
    }
    session = new Session(file, queues(), originNanos());
  }

  /** What to add to the stack's clock for nanoseconds since 1970. */
  private long originNanos() {
    Instant now = wallClock.instant();
    return now.getEpochSecond() * NANOS_PER_SECOND + now.getNano() - clock.nanoTime();
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = inner().receive(queue, mbufs, max);
    Session to = session;
    if (to != null && n > 0 && isTaking(to)) {
      Stage stage = to.stages[queue];
      stage.collect(mbufs, n, to.originNanos + clock.nanoTime());
      to.file.append(stage.bytes, stage.ends, n);
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    Session to = session;
    if (to == null || !isTaking(to)) {
      return inner().transmit(queue, mbufs, n);
    }
    // The inner device owns the bytes once it has them, and how many it takes is known only then.
    Stage stage = to.stages[queue];
    stage.collect(mbufs, n, to.originNanos + clock.nanoTime());
    int taken = inner().transmit(queue, mbufs, n);
    to.file.append(stage.bytes, stage.ends, taken);
    return taken;
  }

  private boolean isTaking(Session to) {
    if (to.file.isTaking()) {
      return true;
    }
    if (to.file.hasEnded()) {
      forget(to);
    }
    return false;
  }

  private synchronized void forget(Session ended) {
    if (session == ended) {
      session = null;
    }
  }

  /** Closes the inner device, and the file that is being written. */
  @Override
  public void close() {
    super.close();
    Session last = session;
    if (last != null) {
      last.file.close();
    }
  }

  /** A capture of this device. */
  private static final class Session {
    final PcapFile file;
    final Stage[] stages;
    final long originNanos;

    Session(PcapFile file, int queues, long originNanos) {
      this.file = file;
      this.originNanos = originNanos;
      stages = new Stage[queues];
      for (int i = 0; i < queues; i++) {
        stages[i] = new Stage(file.filter().map(BpfInterpreter::new).orElse(null));
      }
    }
  }

  /** The records of one burst. Belongs to a queue's thread; grows to the largest burst. */
  private static final class Stage {
    byte[] bytes = new byte[16 * 1024];
    int[] ends = new int[64];
    private ByteBuffer view = view(bytes);

    /** Null if all packets are taken. */
    private final BpfInterpreter filter;

    Stage(BpfInterpreter filter) {
      this.filter = filter;
    }

    private static ByteBuffer view(byte[] bytes) {
      return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    void collect(long[] mbufs, int n, long nanos) {
      if (ends.length < n) {
        ends = new int[mbufs.length];
      }
      int seconds = (int) (nanos / NANOS_PER_SECOND); // unsigned 32 bits, to the year 2106
      int fraction = (int) (nanos % NANOS_PER_SECOND);
      int end = 0;
      for (int i = 0; i < n; i++) {
        int kept = kept(mbufs[i]);
        if (kept > 0) {
          end = add(mbufs[i], end, kept, seconds, fraction);
        }
        ends[i] = end;
      }
    }

    /** How many bytes of a packet to keep; 0 for one that isn't wanted. */
    private int kept(long mbuf) {
      int length = Mbuf.packetLength(mbuf);
      int most = Math.min(length, PcapFile.SNAP_LENGTH);
      if (filter == null) {
        return most;
      }
      int matched = filter.run(Mbuf.data(mbuf), Mbuf.dataLength(mbuf), length);
      return matched < 0 ? most : Math.min(most, matched);
    }

    private int add(long mbuf, int end, int kept, int seconds, int fraction) {
      int data = end + PcapFile.RECORD_HEADER_BYTES;
      if (data + kept > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, data + kept));
        view = view(bytes);
      }
      view.putInt(end, seconds).putInt(end + 4, fraction);
      view.putInt(end + 8, kept).putInt(end + 12, Mbuf.packetLength(mbuf));
      int copied = Mbuf.copyTo(mbuf, bytes, data, kept);
      if (Mbuf.segments(mbuf) != 1 && kept >= IP_TOTAL_LENGTH + Short.BYTES) {
        int total = Mbuf.packetLength(mbuf) - EthernetHeader.BYTES;
        bytes[data + IP_TOTAL_LENGTH] = (byte) (total >>> Byte.SIZE);
        bytes[data + IP_TOTAL_LENGTH + 1] = (byte) total;
      }
      return data + copied;
    }
  }
}
