package org.mosstack.script;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.function.Consumer;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** The stack's device: a script holds the other end of the cable and exchanges bytes. */
final class ScriptDevice implements NetDevice {
  static final long STACK_MAC = 0x02_00_00_00_00_01L;

  /** Number of frames the transmit ring still takes. */
  int ringSpace = Integer.MAX_VALUE;

  /** Runs after a burst with frames was handed out. */
  Runnable onReceived = App.NOTHING;

  private final String name;
  private final int mtu;
  private final Consumer<ByteBuffer> sent;
  private final ArrayDeque<byte[]> arrived = new ArrayDeque<>();
  private MbufPool pool;

  ScriptDevice(String name, int mtu, Consumer<ByteBuffer> sent) {
    this.name = name;
    this.mtu = mtu;
    this.sent = sent;
  }

  /** Delivers a frame with the next burst; rejects one that no NIC would deliver. */
  void arrive(byte[] frame) {
    if (frame.length > pool.dataRoomBytes()) {
      throw new IllegalArgumentException(
          "a frame of "
              + frame.length
              + " bytes, where a packet buffer holds "
              + pool.dataRoomBytes());
    }
    arrived.add(frame);
  }

  boolean hasArrived() {
    return !arrived.isEmpty();
  }

  /** Returns the core's buffers. */
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
    return STACK_MAC;
  }

  @Override
  public int mtu() {
    return mtu;
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
      if (mbuf != 0) {
        Mbuf.append(mbuf, frame, 0, frame.length);
        mbufs[n++] = mbuf;
      }
    }
    if (n > 0) {
      onReceived.run();
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
      sent.accept(ByteBuffer.wrap(frame));
    }
    return taken;
  }

  @Override
  public long receiveErrors(int queue) {
    return 0;
  }

  @Override
  public void detach(int queue) {
    arrived.clear();
  }

  @Override
  public void close() {}
}
