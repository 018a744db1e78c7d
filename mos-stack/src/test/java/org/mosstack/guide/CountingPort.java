package org.mosstack.guide;

import java.util.concurrent.atomic.LongAdder;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;

/** Counts the bytes that a port receives, whatever drives it. */
final class CountingPort extends ForwardingDevice {
  private final LongAdder bytes;

  CountingPort(NetDevice port, LongAdder bytes) {
    super(port);
    this.bytes = bytes;
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = super.receive(queue, mbufs, max);
    for (int i = 0; i < n; i++) {
      bytes.add(Mbuf.packetLength(mbufs[i]));
    }
    return n;
  }
}
