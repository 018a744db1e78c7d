package org.mosstack.device;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.mosstack.mbuf.MbufPool;

/**
 * Delegates everything to another device; decorators override what they change. {@link
 * org.mosstack.MosStackBuilder#decorate} puts one around each port of a stack.
 */
public abstract class ForwardingDevice implements NetDevice {
  private final NetDevice inner;

  /**
   * Wraps a device.
   *
   * @param inner closed with this one
   */
  protected ForwardingDevice(NetDevice inner) {
    this.inner = Objects.requireNonNull(inner, "inner");
  }

  /** The device that everything is delegated to. */
  protected final NetDevice inner() {
    return inner;
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
  public int frameBytes() {
    return inner.frameBytes();
  }

  @Override
  public Capabilities capabilities() {
    return inner.capabilities();
  }

  @Override
  public Optional<String> rssProblem() {
    return inner.rssProblem();
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
  public long receiveMissed(int queue) {
    return inner.receiveMissed(queue);
  }

  @Override
  public long receiveNoMbuf(int queue) {
    return inner.receiveNoMbuf(queue);
  }

  @Override
  public void leave(int queue) {
    inner.leave(queue);
  }

  @Override
  public void adopt(int queue) {
    inner.adopt(queue);
  }

  @Override
  public void detach(int queue) {
    inner.detach(queue);
  }

  @Override
  public int keptBuffers(int queue) {
    return inner.keptBuffers(queue);
  }

  @Override
  public void close() {
    inner.close();
  }
}
