package org.mosstack.sim;

import java.util.List;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.MbufPool;

/** Delegates everything to another device; tests override what they change. */
class WrappedPort implements NetDevice {
  private final NetDevice inner;

  WrappedPort(NetDevice inner) {
    this.inner = inner;
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public int queues() {
    return inner.queues();
  }

  @Override
  public long mac() {
    return inner.mac();
  }

  @Override
  public int mtu() {
    return inner.mtu();
  }

  @Override
  public Capabilities capabilities() {
    return inner.capabilities();
  }

  @Override
  public void start(List<MbufPool> pools) {
    inner.start(pools);
  }

  @Override
  public boolean linkUp() {
    return inner.linkUp();
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    inner.attach(queue, pool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    return inner.receive(queue, mbufs, max);
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    return inner.transmit(queue, mbufs, n);
  }

  @Override
  public void onArrival(int queue, Runnable wakeup) {
    inner.onArrival(queue, wakeup);
  }

  @Override
  public boolean prepareSleep(int queue) {
    return inner.prepareSleep(queue);
  }

  @Override
  public void finishSleep(int queue) {
    inner.finishSleep(queue);
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return inner.nextDeadlineNanos(queue);
  }

  @Override
  public long receiveErrors(int queue) {
    return inner.receiveErrors(queue);
  }

  @Override
  public void detach(int queue) {
    inner.detach(queue);
  }

  @Override
  public void close() {
    inner.close();
  }
}
