package org.mosstack.ip;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** A one-queue device that keeps what is sent as bytes, or loops it back. */
final class FakeDevice implements NetDevice {
  final List<byte[]> sent = new ArrayList<>();
  int ringSpace = Integer.MAX_VALUE; // frames that transmit still takes
  boolean rxChecksum;
  boolean txChecksum;
  long receiveErrors;
  long receiveMissed;
  long receiveNoMbuf;
  boolean linkUp = true;
  boolean keepSent = true;

  private final String name;
  private final long mac;
  private final int mtu;
  private final MbufPool pool;
  private final boolean loop;
  private final ArrayDeque<Long> arrived = new ArrayDeque<>();

  FakeDevice(String name, long mac, int mtu, MbufPool pool, boolean loop) {
    this.name = name;
    this.mac = mac;
    this.mtu = mtu;
    this.pool = pool;
    this.loop = loop;
  }

  /** Lets a frame arrive. */
  void arrive(byte[] frame) {
    arrived.add(mbuf(pool, frame));
  }

  /** Returns a buffer with these bytes. */
  static long mbuf(MbufPool pool, byte[] bytes) {
    long mbuf = pool.alloc();
    if (mbuf == 0) {
      throw new IllegalStateException("the test's pool is empty");
    }
    Mbuf.append(mbuf, bytes, 0, bytes.length);
    return mbuf;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int queues() {
    return 2;
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
    return new Capabilities(rxChecksum, txChecksum, Optional.empty(), false);
  }

  @Override
  public boolean linkUp() {
    return linkUp;
  }

  @Override
  public void attach(int queue, MbufPool queuePool) {}

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = 0;
    while (n < max && !arrived.isEmpty()) {
      mbufs[n++] = arrived.remove();
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    int taken = Math.min(n, ringSpace);
    ringSpace -= taken;
    for (int i = 0; i < taken; i++) {
      long mbuf = mbufs[i];
      if (Mbuf.next(mbuf) != 0 || Mbuf.segments(mbuf) != 1) {
        throw new AssertionError("a sent frame must be one segment");
      }
      if (keepSent) {
        byte[] bytes = new byte[Mbuf.packetLength(mbuf)];
        Mbuf.copyTo(mbuf, bytes);
        sent.add(bytes);
      }
      if (loop) {
        arrived.add(mbuf);
      } else {
        pool.free(mbuf);
      }
    }
    return taken;
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
    while (!arrived.isEmpty()) {
      pool.free(arrived.remove());
    }
  }

  @Override
  public void close() {}
}
