package org.mosstack.sim;

import java.util.ArrayDeque;
import java.util.Optional;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/** One end of a {@link SimLink}, with a single queue. */
final class LinkPort implements NetDevice {
  private final SimLink link;
  private final long mac;
  private final int mtu;
  private final boolean offload;
  private final LinkDirection in;
  private final LinkDirection out;
  private final ArrayDeque<byte[]> forged = new ArrayDeque<>();
  private MbufPool pool;

  LinkPort(SimLink link, long mac, int mtu, boolean offload, LinkDirection in, LinkDirection out) {
    this.link = link;
    this.mac = mac;
    this.mtu = mtu;
    this.offload = offload;
    this.in = in;
    this.out = out;
  }

  /** Injects a frame that nobody sent, immediately and ahead of all others. */
  void inject(byte[] frame) {
    forged.add(frame);
  }

  @Override
  public String name() {
    return "link";
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
    return mtu;
  }

  @Override
  public Capabilities capabilities() {
    return new Capabilities(offload, offload, false, Optional.empty(), true);
  }

  @Override
  public boolean linkUp() {
    return link.hasCarrier();
  }

  @Override
  public void attach(int queue, MbufPool queuePool) {
    pool = queuePool;
    out.senderPool(queuePool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = 0;
    while (n < max && !forged.isEmpty()) {
      byte[] frame = forged.poll();
      long mbuf = pool.alloc();
      if (mbuf != 0) {
        Mbuf.append(mbuf, frame, 0, frame.length);
        mbufs[n++] = mbuf;
      }
    }
    n += in.deliver(mbufs, n, max, link.now(), pool);
    for (int i = 0; i < n && offload; i++) {
      Mbuf.setFlags(mbufs[i], Mbuf.RX_IP_CKSUM_GOOD | Mbuf.RX_L4_CKSUM_GOOD);
    }
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    long now = link.now();
    for (int i = 0; i < n; i++) {
      out.accept(mbufs[i], now);
    }
    return n;
  }

  @Override
  public boolean prepareSleep(int queue) {
    return forged.isEmpty() && in.nextDueNanos() > link.now();
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return forged.isEmpty() ? Math.min(in.nextDueNanos(), link.nextChangeNanos()) : Long.MIN_VALUE;
  }

  @Override
  public long receiveErrors(int queue) {
    return 0;
  }

  @Override
  public void detach(int queue) {
    out.clear();
  }

  @Override
  public void close() {}
}
