package org.mosstack.device;

import java.util.SplittableRandom;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.time.Clock;

/**
 * A device behind a bad line: loses, reorders, duplicates, corrupts and delays the packets of
 * another device, with separate {@link Faults} for received and sent packets.
 *
 * <p>The same seed, clock and packets give the same faults. Packets that it holds belong to the
 * queue's pool. They move on when {@link #receive} or {@link #transmit} is called; {@link
 * #nextDeadlineNanos} says when that is due, and {@link #prepareSleep} returns false if it is due
 * now.
 *
 * <p>A held packet doesn't count against the inner device's ring: transmit takes all packets,
 * unless the inner device still refuses some that are due.
 */
public final class FaultInjector extends ForwardingDevice {
  private static final int BURST = 64;
  private static final int MAX_PULLED = 1024; // a sender on another core can't hold up the turn

  private final Clock clock;
  private final FaultPath[] rx;
  private final FaultPath[] tx;
  private final long[][] scratch;
  private final boolean txCorrupts;
  private final boolean cutsSegments;

  /**
   * Puts faults in front of a device.
   *
   * @param inner the device; closed with this one
   * @param rx faults of received packets
   * @param tx faults of sent packets
   * @param clock the stack's clock
   * @param seed of all random choices
   */
  public FaultInjector(NetDevice inner, Faults rx, Faults tx, Clock clock, long seed) {
    super(inner);
    this.clock = clock;
    int queues = inner.queues();
    this.rx = new FaultPath[queues];
    this.tx = new FaultPath[queues];
    scratch = new long[queues][BURST];
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int i = 0; i < queues; i++) {
      this.rx[i] = new FaultPath(rx, seeds.split());
      this.tx[i] = new FaultPath(tx, seeds.split());
    }
    txCorrupts = tx.corrupt() > 0;
    cutsSegments = !tx.isNone();
  }

  /** The faults applied to received packets of a queue. Any thread. */
  public FaultCounts received(int queue) {
    return rx[queue].counts();
  }

  /** The faults applied to sent packets of a queue. Any thread. */
  public FaultCounts sent(int queue) {
    return tx[queue].counts();
  }

  /**
   * The inner device's, except that the checksums of sent packets are left to software if those are
   * corrupted: the port, on the other side of this device, would hide that. What it reports about a
   * received packet is forgotten when that is corrupted. Super-segments aren't taken where sent
   * packets have faults, which are to hit each on its own; one that a wire delivers is one packet.
   */
  @Override
  public Capabilities capabilities() {
    Capabilities inner = super.capabilities();
    boolean cut = cutsSegments && inner.txSegmentation();
    if (!txCorrupts && !cut) {
      return inner;
    }
    return new Capabilities(
        inner.rxChecksum(),
        inner.txChecksum() && !txCorrupts,
        inner.txSegmentation() && !cutsSegments,
        inner.rss(),
        inner.wakeups());
  }

  @Override
  public void attach(int queue, MbufPool pool) {
    super.attach(queue, pool);
    rx[queue].attach(pool);
    tx[queue].attach(pool);
  }

  @Override
  public int receive(int queue, long[] mbufs, int max) {
    long now = clock.nanoTime();
    pump(queue, now);
    FaultPath path = rx[queue];
    if (path.isNone()) {
      return inner().receive(queue, mbufs, max);
    }
    int count = leave(path, mbufs, 0, max, now);
    // Packets are taken only when nothing older waits for the caller: the inner device's ring keeps
    // the rest, and this one doesn't grow. All that have arrived are taken, since a packet's delay
    // starts here, and since a caller that gets nothing takes the device for idle.
    long[] arrived = scratch[queue];
    for (int pulled = 0; count < max && pulled < MAX_PULLED; ) {
      int room = Math.min(max - count, BURST);
      int n = inner().receive(queue, arrived, room);
      for (int i = 0; i < n; i++) {
        path.accept(arrived[i], now);
      }
      count += leave(path, mbufs, count, max, now);
      pulled += n;
      if (n < room) {
        break;
      }
    }
    return count;
  }

  private static int leave(FaultPath path, long[] mbufs, int from, int max, long now) {
    int n = path.peek(mbufs, from, max - from, now);
    path.remove(n);
    return n;
  }

  @Override
  public int transmit(int queue, long[] mbufs, int n) {
    FaultPath path = tx[queue];
    if (path.isNone()) {
      return inner().transmit(queue, mbufs, n);
    }
    long now = clock.nanoTime();
    if (!pump(queue, now)) {
      return 0;
    }
    for (int i = 0; i < n; i++) {
      path.accept(mbufs[i], now);
    }
    pump(queue, now);
    return n;
  }

  /**
   * Sends the packets that are due.
   *
   * @return false when the inner device took fewer
   */
  private boolean pump(int queue, long now) {
    FaultPath path = tx[queue];
    long[] due = scratch[queue];
    while (true) {
      int n = path.peek(due, 0, due.length, now);
      if (n == 0) {
        return true;
      }
      int taken = inner().transmit(queue, due, n);
      path.remove(taken);
      if (taken < n) {
        return false;
      }
    }
  }

  @Override
  public boolean prepareSleep(int queue) {
    long own = ownDeadlineNanos(queue);
    if (own != Long.MAX_VALUE && own <= clock.nanoTime()) {
      return false;
    }
    return super.prepareSleep(queue);
  }

  @Override
  public long nextDeadlineNanos(int queue) {
    return Math.min(ownDeadlineNanos(queue), super.nextDeadlineNanos(queue));
  }

  private long ownDeadlineNanos(int queue) {
    return Math.min(rx[queue].nextDeadlineNanos(), tx[queue].nextDeadlineNanos());
  }

  @Override
  public void detach(int queue) {
    rx[queue].detach();
    tx[queue].detach();
    super.detach(queue);
  }
}
