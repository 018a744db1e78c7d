package org.mosstack.device;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.mosstack.bpf.BpfProgram;
import org.mosstack.os.OutputFiles;

/**
 * A file that packets are captured to while a stack runs, for tcpdump and Wireshark: classic pcap
 * with nanosecond timestamps, little-endian (pcap-savefile(5)). {@link
 * org.mosstack.MosStack#capture} fills it.
 *
 * <p>Ports append to a buffer in memory, and a thread of the file's own writes that, within a tenth
 * of a second: a slow disk stops no packet. Packets for which the buffer has no room are missing in
 * the file, and counted ({@link #dropped}), unless {@link Builder#waitForDisk} makes ports wait.
 *
 * <p>The file belongs to the process's user alone (mode 0600). Any thread may use it.
 */
public final class PcapFile implements AutoCloseable {
  /** Bytes of a packet that are kept. */
  static final int SNAP_LENGTH = 65535;

  /** Bytes in front of each packet. */
  static final int RECORD_HEADER_BYTES = 16;

  private static final int FILE_HEADER_BYTES = 24;
  private static final int MAGIC_NANOS = 0xA1B23C4D;
  private static final short VERSION_MAJOR = 2;
  private static final short VERSION_MINOR = 4;
  private static final int LINKTYPE_ETHERNET = 1;

  /** Of each of two buffers: one is filled while the other is written. */
  private static final int BUFFER_BYTES = 4 << 20;

  private static final long FLUSH_MILLIS = 100;
  private static final long CLOSE_SECONDS = 10;

  private final Path path;
  private final Optional<BpfProgram> filter;
  private final long limit;
  private final boolean waits;
  private final Consumer<String> onEnd;

  // A stream: an interrupt of the writing thread would close a FileChannel.
  private final OutputStream stream;
  private final Thread writer;

  private byte[] filling = new byte[BUFFER_BYTES];
  private byte[] writing = new byte[BUFFER_BYTES];
  private int used;
  private long bytes;
  private long packets;
  private long dropped;
  private boolean paused;
  private volatile boolean ended;

  /** The writer waits for the next record, however long that takes. */
  private boolean idle;

  /** Why it ended by itself; null if it hasn't. */
  private String problem;

  /** Neither paused nor ended: changed under the lock, and read before each burst without it. */
  private volatile boolean taking = true;

  private PcapFile(Builder builder, OutputStream stream) {
    path = builder.path;
    filter = builder.filter;
    limit = builder.limit == 0 ? Long.MAX_VALUE : builder.limit;
    waits = builder.waits;
    onEnd = builder.onEnd;
    this.stream = stream;
    ByteBuffer header = ByteBuffer.wrap(filling).order(ByteOrder.LITTLE_ENDIAN);
    header.putInt(MAGIC_NANOS).putShort(VERSION_MAJOR).putShort(VERSION_MINOR);
    header.putInt(0).putInt(0); // time zone and accuracy: zero in all files
    header.putInt(SNAP_LENGTH).putInt(LINKTYPE_ETHERNET);
    used = FILE_HEADER_BYTES;
    bytes = FILE_HEADER_BYTES;
    writer = Thread.ofPlatform().daemon().name("mos-pcap").unstarted(this::write);
  }

  /**
   * Describes a capture file.
   *
   * @param path created, or overwritten, by {@link Builder#open}
   */
  public static Builder to(Path path) {
    return new Builder(path);
  }

  /** What a capture takes, and how much of it. */
  public static final class Builder {
    private final Path path;
    private Optional<BpfProgram> filter = Optional.empty();
    private long limit;
    private boolean waits;
    private Consumer<String> onEnd = _ -> {};

    private Builder(Path path) {
      this.path = Objects.requireNonNull(path, "path");
    }

    /**
     * Takes only the packets that match a filter; all by default.
     *
     * @param expression in the pcap language (pcap-filter(7)), such as {@code tcp port 80}
     * @throws IllegalArgumentException if it isn't one; the message is one line
     * @throws IllegalStateException if libpcap, which compiles it, isn't installed; the message is
     *     one line that says what to install
     */
    public Builder filter(String expression) {
      filter = Optional.of(BpfProgram.compile(expression, SNAP_LENGTH));
      return this;
    }

    /**
     * Ends the capture with the packet before which the file would grow beyond a limit.
     *
     * @param bytes of the whole file; 0, the default, for no limit
     * @throws IllegalArgumentException if it is negative
     */
    public Builder limit(long bytes) {
      if (bytes < 0) {
        throw new IllegalArgumentException("limit: read " + bytes + ", allowed: 0 or more bytes");
      }
      limit = bytes;
      return this;
    }

    /** Lets the ports' threads wait for the disk: what is captured is whole, but may be late. */
    public Builder waitForDisk() {
      waits = true;
      return this;
    }

    /**
     * Sets who is told if the capture ends by itself, at its limit or by an error.
     *
     * @param listener receives one line, at most once, on a thread of the file's own; must not
     *     throw
     */
    public Builder onEnd(Consumer<String> listener) {
      onEnd = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Creates the file, or truncates it; {@code /dev/stdout} is written to behind what is printed.
     * A file of another user's is refused, and so is a link of another user's in a folder that
     * everybody may write into, such as {@code /tmp}.
     *
     * @throws IOException if it can't be written
     */
    public PcapFile open() throws IOException {
      return open(OutputFiles.privateStream(path));
    }

    /** Opens it with something else to write to than the file. */
    PcapFile open(OutputStream stream) {
      PcapFile file = new PcapFile(this, stream);
      file.writer.start();
      return file;
    }
  }

  /** The file's path, as it was given. */
  public Path path() {
    return path;
  }

  /** Which packets it takes; empty for all. */
  Optional<BpfProgram> filter() {
    return filter;
  }

  /**
   * Stops taking packets until {@link #resume}: once this has returned, none is taken any more, and
   * ports don't wait for the disk. What was taken is written.
   */
  public synchronized void pause() {
    paused = true;
    taking = false;
    notifyAll();
  }

  /** Takes packets again; without effect on a capture that isn't paused, or has ended. */
  public synchronized void resume() {
    paused = false;
    taking = !ended;
  }

  /** Packets that it has taken. */
  public synchronized long packets() {
    return packets;
  }

  /** Packets that are missing, because the disk was slower than they came. */
  public synchronized long dropped() {
    return dropped;
  }

  /** Whether it takes no packets any more: it is closed, at its limit, or can't be written. */
  public boolean hasEnded() {
    return ended;
  }

  /** Whether it takes packets now. */
  boolean isTaking() {
    return taking;
  }

  /**
   * Appends the records of a burst.
   *
   * @param records one behind the other
   * @param ends where the record of each packet ends; where the one before ends, if it has none
   * @param n packets of the burst
   */
  synchronized void append(byte[] records, int[] ends, int n) {
    int before = used;
    int from = 0;
    for (int i = 0; i < n && taking; i++) { // it may have been paused since the port looked
      if (ends[i] > from) {
        add(records, from, ends[i] - from);
      }
      from = ends[i];
    }
    boolean fills = before < BUFFER_BYTES / 2 && used >= BUFFER_BYTES / 2;
    if (used > 0 && idle || fills) {
      idle = false;
      notifyAll();
    }
  }

  private void add(byte[] records, int from, int length) {
    if (length > limit - bytes) {
      problem = path + ": the capture has ended at its limit of " + limit + " bytes";
      end();
      return;
    }
    if (length > BUFFER_BYTES - used) {
      if (!waits) {
        dropped++;
        return;
      }
      awaitRoom(length);
      if (!taking) {
        return;
      }
    }
    System.arraycopy(records, from, filling, used, length);
    used += length;
    bytes += length;
    packets++;
  }

  /** Waits until the writer has taken the buffer; an interrupt is kept for later. */
  private void awaitRoom(int length) {
    boolean interrupted = false;
    notifyAll();
    while (length > BUFFER_BYTES - used && taking) {
      try {
        wait();
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void end() {
    ended = true;
    taking = false;
    notifyAll();
  }

  private synchronized void fail(String why) {
    problem = path + ": the capture has ended: " + why;
    end();
  }

  /** What the file's thread does. */
  private void write() {
    try (stream) {
      for (int n = take(); n > 0; n = take()) {
        stream.write(writing, 0, n);
      }
    } catch (IOException e) {
      fail(e.getMessage());
    } catch (InterruptedException _) {
      fail("its thread was interrupted");
    }
    if (problem() != null) {
      onEnd.accept(problem());
    }
  }

  private synchronized String problem() {
    return problem;
  }

  /** Waits for something to write and swaps the buffers; 0 when there is nothing left. */
  private synchronized int take() throws InterruptedException {
    while (used == 0 && !ended) {
      idle = true;
      wait();
    }
    idle = false;
    if (used < BUFFER_BYTES / 2 && !ended) {
      wait(FLUSH_MILLIS);
    }
    byte[] filled = filling;
    filling = writing;
    writing = filled;
    int n = used;
    used = 0;
    notifyAll();
    return n;
  }

  /**
   * Ends the capture, writes what it has taken, for ten seconds at most, and closes the file. What
   * goes wrong then is told to {@link Builder#onEnd}.
   */
  @Override
  public void close() {
    end();
    boolean interrupted = false;
    long start = System.nanoTime();
    long left = TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
    while (left > 0 && writer.isAlive() && writer != Thread.currentThread()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(writer, left);
      } catch (InterruptedException _) {
        interrupted = true;
      }
      left = start + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS) - System.nanoTime();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
