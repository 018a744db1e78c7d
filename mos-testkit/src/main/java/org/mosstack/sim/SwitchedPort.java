package org.mosstack.sim;

import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.MbufPool;

/**
 * A single-queue port whose cable a test unplugs and plugs in: without it, nothing is accepted, as
 * by memif without a peer, and frames in transit are lost.
 */
final class SwitchedPort extends ForwardingDevice {
  private boolean up = true;
  private MbufPool pool;

  /** Frames the stack offered since the link went down. */
  long refused;

  SwitchedPort(NetDevice inner) {
    super(inner);
  }

  void up(boolean now) {
    up = now;
    refused = 0;
  }

  @Override
  public boolean linkUp() {
    return up;
  }

  @Override
  public void attach(int queue, MbufPool queuePool) {
    pool = queuePool;
    super.attach(queue, queuePool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = super.receive(queue, mbufs, max);
    for (int i = 0; i < n && !up; i++) {
      pool.free(mbufs[i]);
    }
    return up ? n : 0;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    if (!up) {
      refused += n;
      return 0;
    }
    return super.transmit(queue, mbufs, n);
  }
}
