package org.mosstack.fuzz;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/** A stack's device whose cable the test controls: frames come and go as bytes. */
final class Port implements NetDevice {
  /** The maximum frame size that fits into a packet buffer. */
  static final int MAX_FRAME_BYTES = MbufPool.DEFAULT_DATA_ROOM_BYTES;

  private static final int MTU = 1500;

  /** Number of frames the transmit ring still takes. */
  int ringSpace = Integer.MAX_VALUE;

  /** What packet buffers hold after a received frame's end; -1 for what they held before. */
  int stale = -1;

  private final String name;
  private final long mac;
  private final Consumer<byte[]> sent;
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private MbufPool pool;
  private long lost;

  /**
   * Creates a port.
   *
   * @param mac its address, 48 bits
   * @param sent gets each frame the stack sends
   */
  Port(String name, long mac, Consumer<byte[]> sent) {
    this.name = name;
    this.mac = mac;
    this.sent = sent;
  }

  /** Delivers a frame with the next burst. */
  void arrive(byte[] frame) {
    arrived.add(frame);
  }

  /** Returns the number of frames the stack hasn't taken yet. */
  int waiting() {
    return arrived.size();
  }

  /** Returns the core's packet buffers, once it is attached. */
  MbufPool pool() {
    return pool;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int queues() {
    return 1;
  }

  @Override
  public long mac() {
    return mac;
  }

  @Override
  public int mtu() {
    return MTU;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(false, false, Optional.empty(), true);
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
        lost++;
      } else {
        Mbuf.append(mbuf, frame, 0, frame.length);
        if (stale >= 0) {
          byte[] behind = new byte[Mbuf.tailroom(mbuf)];
          Arrays.fill(behind, (byte) stale);
          Memory.copy(behind, 0, Mbuf.data(mbuf) + frame.length, behind.length);
        }
        mbufs[n++] = mbuf;
      }
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    int taken = Math.min(n, ringSpace);
    ringSpace -= taken;
    for (int i = 0; i < taken; i++) {
      byte[] frame = new byte[Mbuf.packetLength(mbufs[i])];
      Mbuf.copyTo(mbufs[i], frame);
      pool.free(mbufs[i]);
      sent.accept(frame);
    }
    return taken;
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return arrived.isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
  }

  @Override
  public long receiveErrors(int queue) {
    return lost;
  }

  @Override
  public void detach(int queue) {
    arrived.clear();
  }

  @Override
  public void close() {}
}
