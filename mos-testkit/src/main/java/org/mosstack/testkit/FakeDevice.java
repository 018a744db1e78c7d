package org.mosstack.testkit;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * A device whose cable the test holds: frames come and go as bytes. Any queue receives what
 * arrives. Until told otherwise, it keeps what is sent in {@link #sent}.
 */
public final class FakeDevice implements NetDevice {
  /** The maximum frame size that fits into a packet buffer of default size. */
  public static final int MAX_FRAME_BYTES = MbufPool.DEFAULT_DATA_ROOM_BYTES;

  /** The frames sent, unless {@link #onSent} or {@link #onTransmit} was called. */
  public final List<byte[]> sent = new ArrayList<>();

  /** Number of frames the transmit ring still takes. */
  public int ringSpace = Integer.MAX_VALUE;

  /** What packet buffers hold after a received frame's end; -1 for what they held before. */
  public int stale = -1;

  /** Number of queues. */
  public int queues = 1;

  /** Whether the device verifies checksums; the packets' flags are the test's business. */
  public boolean rxChecksum;

  /** Whether the device would fill in checksums; it doesn't. */
  public boolean txChecksum;

  /** Whether the link is up. */
  public boolean linkUp = true;

  /** The device's own counter. */
  public long receiveErrors;

  /** The device's own counter. */
  public long receiveMissed;

  /** The device's own counter; frames for which the pool had no buffer count here. */
  public long receiveNoMbuf;

  /** Runs after a burst with frames was handed out. */
  public Runnable onReceived = () -> {};

  private final String name;
  private final long mac;
  private final int mtu;
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private LongConsumer transmitted;
  private MbufPool pool;

  /**
   * Creates a device.
   *
   * @param mac its address, 48 bits
   */
  public FakeDevice(String name, long mac, int mtu) {
    this.name = name;
    this.mac = mac;
    this.mtu = mtu;
    onSent(sent::add);
  }

  /** Sets who gets each frame sent, instead of {@link #sent}. */
  public FakeDevice onSent(Consumer<byte[]> consumer) {
    return onTransmit(mbuf -> consumer.accept(bytes(mbuf)));
  }

  /** Sets who sees each packet buffer sent before it is freed, instead of {@link #sent}. */
  public FakeDevice onTransmit(LongConsumer consumer) {
    transmitted = consumer;
    return this;
  }

  /**
   * Delivers a frame with the next burst.
   *
   * @throws IllegalArgumentException if no NIC would deliver it
   */
  public void arrive(byte[] frame) {
    if (pool != null && frame.length > pool.dataRoomBytes()) {
      throw new IllegalArgumentException(
          "a frame of "
              + frame.length
              + " bytes, where a packet buffer holds "
              + pool.dataRoomBytes());
    }
    arrived.add(frame);
  }

  /** Returns the number of frames that arrived and weren't received yet. */
  public int waiting() {
    return arrived.size();
  }

  /** Returns the packet buffers of the last queue attached. */
  public MbufPool pool() {
    return pool;
  }

  /** Returns a buffer with these bytes. */
  public static long mbuf(MbufPool pool, byte[] bytes) {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      throw new IllegalStateException("the test's pool is empty");
    }
    Mbuf.append(mbuf, bytes, 0, bytes.length);
    return mbuf;
  }

  /** Returns a packet's bytes. */
  public static byte[] bytes(long mbuf) {
    byte[] bytes = new byte[Mbuf.packetLength(mbuf)];
    Mbuf.copyTo(mbuf, bytes);
    return bytes;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int queues() {
    return queues;
  }

  @Override
  public long mac() {
    return mac;
  }

  @Override
  public int mtu() {
    return mtu;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(rxChecksum, txChecksum, false, Optional.empty(), true);
  }

  @Override
  public boolean linkUp() {
    return linkUp;
  }

  @Override
  public void attach(int queue, MbufPool queuePool) {
    pool = queuePool;
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = 0;
    while (n < max && !arrived.isEmpty()) {
      byte[] frame = arrived.remove();
      long mbuf = pool.alloc();
      if (mbuf == 0) {
        receiveNoMbuf++;
      } else {
        Mbuf.append(mbuf, frame, 0, frame.length);
        fillBehind(mbuf, frame.length);
        mbufs[n++] = mbuf;
      }
    }
    if (n > 0) {
      onReceived.run();
    }
    return n;
  }

  private void fillBehind(long mbuf, int length) {
    if (stale >= 0) {
      byte[] behind = new byte[Mbuf.tailroom(mbuf)];
      Arrays.fill(behind, (byte) stale);
      Memory.copy(behind, 0, Mbuf.data(mbuf) + length, behind.length);
    }
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    int taken = Math.min(n, ringSpace);
    ringSpace -= taken;
    for (int i = 0; i < taken; i++) {
      if (Mbuf.next(mbufs[i]) != 0 || Mbuf.segments(mbufs[i]) != 1) {
        throw new AssertionError("a sent frame must be one segment");
      }
      transmitted.accept(mbufs[i]);
      pool.free(mbufs[i]);
    }
    return taken;
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return arrived.isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
  }

  @Override
  public long receiveErrors(int queue) {
    return receiveErrors;
  }

  @Override
  public long receiveMissed(int queue) {
    return receiveMissed;
  }

  @Override
  public long receiveNoMbuf(int queue) {
    return receiveNoMbuf;
  }

  @Override
  public void detach(int queue) {
    arrived.clear();
  }

  @Override
  public void close() {}
}
