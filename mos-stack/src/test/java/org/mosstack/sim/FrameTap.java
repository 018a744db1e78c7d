package org.mosstack.sim;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mosstack.device.Capabilities;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/**
 * A device between a stack and its real one that shows frames to a test, drops some, and injects
 * others as if from the wire.
 */
public final class FrameTap implements NetDevice {
  private final NetDevice inner;
  private final MbufPool[] pools;
  private final ArrayDeque<byte[]>[] injected;
  private Consumer<byte[]> received = _ -> {};
  private Consumer<byte[]> sent = _ -> {};
  private Predicate<byte[]> loses = _ -> false;
  private Runnable beforeTransmit = () -> {};
  private boolean watching;

  /** Creates a tap on a device. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of generic queues
  public FrameTap(NetDevice inner) {
    this.inner = inner;
    pools = new MbufPool[inner.queues()];
    injected = new ArrayDeque[inner.queues()];
    for (int i = 0; i < injected.length; i++) {
      injected[i] = new ArrayDeque<>();
    }
  }

  /** Sets a watcher for each frame from the wire. */
  public void onReceived(Consumer<byte[]> watcher) {
    received = watcher;
    watching = true;
  }

  /** Sets a watcher for each frame the stack sends. */
  public void onSent(Consumer<byte[]> watcher) {
    sent = watcher;
    watching = true;
  }

  /**
   * Sets an action to run before each burst the stack sends; what it throws propagates to the
   * stack.
   */
  public void beforeTransmit(Runnable action) {
    beforeTransmit = action;
  }

  /** Drops matching frames from the wire. */
  public void lose(Predicate<byte[]> which) {
    loses = which;
    watching = true;
  }

  /** Injects a frame into the next burst of a queue. */
  public void inject(int queue, byte[] frame) {
    injected[queue].add(frame);
  }

  /** Returns the number of frames waiting to be injected. */
  public int waiting() {
    int count = 0;
    for (ArrayDeque<byte[]> queue : injected) {
      count += queue.size();
    }
    return count;
  }

  private static byte[] bytes(long mbuf) {
    byte[] frame = new byte[Mbuf.packetLength(mbuf)];
    Mbuf.copyTo(mbuf, frame);
    return frame;
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    int n = inner.receive(queue, mbufs, max);
    if (watching) {
      n = watch(queue, mbufs, n);
    }
    while (n < max && !injected[queue].isEmpty()) {
      byte[] frame = injected[queue].poll();
      long mbuf = pools[queue].alloc();
      if (mbuf != 0) {
        Mbuf.append(mbuf, frame, 0, frame.length);
        mbufs[n++] = mbuf;
      }
    }
    return n;
  }

  private int watch(int queue, long[] mbufs, int n) {
    int kept = 0;
    for (int i = 0; i < n; i++) {
      byte[] frame = bytes(mbufs[i]);
      if (loses.test(frame)) {
        pools[queue].free(mbufs[i]);
      } else {
        received.accept(frame);
        mbufs[kept++] = mbufs[i];
      }
    }
    return kept;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    beforeTransmit.run();
    if (!watching) {
      return inner.transmit(queue, mbufs, n);
    }
    byte[][] frames = new byte[n][];
    for (int i = 0; i < n; i++) {
      frames[i] = bytes(mbufs[i]);
    }
    int taken = inner.transmit(queue, mbufs, n);
    for (int i = 0; i < taken; i++) {
      sent.accept(frames[i]);
    }
    return taken;
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return injected[queue].isEmpty() ? inner.nextDeadlineNanos(queue) : Long.MIN_VALUE;
  }

  @Override
  public boolean prepareSleep(int queue) {
    return inner.prepareSleep(queue) && injected[queue].isEmpty();
  }

  @Override
  public void finishSleep(int queue) {
    inner.finishSleep(queue);
  }

  @Override
  public void onArrival(int queue, Runnable wakeup) {
    inner.onArrival(queue, wakeup);
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
  public void start(List<MbufPool> all) {
    inner.start(all);
  }

  @Override
  public boolean linkUp() {
    return inner.linkUp();
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    pools[queue] = pool;
    inner.attach(queue, pool);
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
