package org.mosstack.testkit;

import java.util.ArrayDeque;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.mosstack.device.ForwardingDevice;
import org.mosstack.device.NetDevice;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;

/**
 * A device between a stack and its real one that shows frames to a test, drops some, and injects
 * others as if from the wire.
 */
public final class FrameTap extends ForwardingDevice {
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
    super(inner);
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
    int n = super.receive(queue, mbufs, max);
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
      return super.transmit(queue, mbufs, n);
    }
    byte[][] frames = new byte[n][];
    for (int i = 0; i < n; i++) {
      frames[i] = bytes(mbufs[i]);
    }
    int taken = super.transmit(queue, mbufs, n);
    for (int i = 0; i < taken; i++) {
      sent.accept(frames[i]);
    }
    return taken;
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return injected[queue].isEmpty() ? super.nextDeadlineNanos(queue) : Long.MIN_VALUE;
  }

  @Override
  public boolean prepareSleep(int queue) {
    return super.prepareSleep(queue) && injected[queue].isEmpty();
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    pools[queue] = pool;
    super.attach(queue, pool);
  }
}
