package org.mosstack.sim;

import java.util.HashMap;
import java.util.Map;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * One direction of a {@link SimLink}: each packet's fate is determined when it is sent, by the
 * plan, the packet's ordinal and the seed. Packets in transit stay in the sender's buffers.
 *
 * <p>Faults only affect TCP. ARP has its own tests, and Ethernet's checksum, which protects it from
 * corruption, isn't simulated.
 */
final class LinkDirection {
  private static final double NANOS = 1e9;
  private static final int BITS = 8;
  private static final int ECN_MASK = 3;

  /**
   * The longest burst. It may end with each packet: without a time limit, a burst that starts when
   * a connection has only its last segment left would outlast all of its retransmissions.
   */
  private static final long MAX_BURST_NANOS = 10_000_000_000L;

  private final int index;
  private final LinkPlan plan;
  private final SimLink link;
  private final FaultLog faults;
  private final WireWatcher watcher;
  private final Dice dice;
  private final FrameView frame = new FrameView();
  private final DueQueue onTheWay = new DueQueue();
  private final Map<Integer, Integer> targeted = new HashMap<>();
  private MbufPool senderPool;
  private long ordinal;
  private boolean inBurst;
  private long burstSinceNanos;
  private long linkFreeNanos;
  private long lastDueNanos;
  private long passedBytes;

  LinkDirection(
      int index, LinkPlan plan, SimLink link, long seed, FaultLog faults, WireWatcher watcher) {
    this.index = index;
    this.plan = plan;
    this.link = link;
    this.faults = faults;
    this.watcher = watcher;
    dice = new Dice(seed);
  }

  void senderPool(MbufPool pool) {
    senderPool = pool;
  }

  /** Returns the bytes of frames that have passed the link so far. */
  long passedBytes() {
    return passedBytes;
  }

  /** Takes a packet from the sender. */
  void accept(long mbuf, long now) {
    frame.read(mbuf);
    watcher.sent(index, frame);
    dice.roll(++ordinal);
    if (link.isDown(now, frame.tcp) && strikes(FaultKind.OUTAGE)) {
      lose(mbuf, "lost: no link");
      return;
    }
    if (!frame.tcp) {
      enqueue(mbuf, now + plan.delayNanos, false);
      return;
    }
    FaultKind lost = lossOf(now);
    if (lost != null) {
      lose(mbuf, "lost: " + lost);
      return;
    }
    long copy = 0;
    if (hits(plan.duplicate) && strikes(FaultKind.DUPLICATE)) {
      copy = senderPool.copy(mbuf);
      watcher.fate("comes twice", false);
    }
    change(mbuf, copy == 0);
    send(mbuf, now);
    if (copy != 0) {
      send(copy, now);
    }
  }

  private boolean hits(double probability) {
    return probability > 0 && dice.unit() < probability;
  }

  private boolean strikes(FaultKind kind) {
    return faults.strikes(kind, index, ordinal);
  }

  private void lose(long mbuf, String how) {
    watcher.fate(how, true);
    senderPool.free(mbuf);
  }

  /** Returns the cause of the packet's loss, or null. */
  private FaultKind lossOf(long now) {
    if (hits(plan.loss) && strikes(FaultKind.LOSS)) {
      return FaultKind.LOSS;
    }
    if (isInBurst(now) && hits(plan.burstLoss) && strikes(FaultKind.BURST)) {
      return FaultKind.BURST;
    }
    if (plan.everyNth > 0 && ordinal % plan.everyNth == 0 && strikes(FaultKind.NTH)) {
      return FaultKind.NTH;
    }
    return isTargeted() && strikes(FaultKind.TARGET) ? FaultKind.TARGET : null;
  }

  private boolean isInBurst(long now) {
    if (inBurst) {
      inBurst = !hits(plan.burstEnds) && now - burstSinceNanos < MAX_BURST_NANOS;
    } else {
      inBurst = hits(plan.burstBegins);
      burstSinceNanos = now;
    }
    return inBurst;
  }

  private boolean isTargeted() {
    if (!plan.target.matches(frame)) {
      return false;
    }
    int flow = frame.sourcePort << 16 | frame.destinationPort;
    return targeted.merge(flow, 1, Integer::sum) <= plan.targetTimes;
  }

  /** Falsifies a packet or corrupts it; if it isn't the only one, its copy stays as it is. */
  private void change(long mbuf, boolean isOnly) {
    if (hits(plan.claims) && strikes(FaultKind.FALSE_CLAIM) && plan.claim.make(frame, mbuf, dice)) {
      watcher.fate("claims falsely: " + plan.claim, false);
    }
    if (hits(plan.corrupt)) {
      int at = dice.below(Mbuf.packetLength(mbuf));
      int mask = 1 + dice.below(255); // within one byte: always detected by the Internet checksum
      if (strikes(FaultKind.CORRUPT)) {
        Mbuf.invert(mbuf, at, mask);
        watcher.fate("byte " + at + " is changed", isOnly);
      }
    }
  }

  private void send(long mbuf, long now) {
    long leaves = now;
    int bytes = Mbuf.packetLength(mbuf);
    if (plan.bitsPerSecond > 0) {
      long free = Math.max(linkFreeNanos, now);
      double queued = (free - now) * (double) plan.bitsPerSecond / NANOS / BITS;
      if (queued + bytes > plan.queueBytes) {
        faults.count(FaultKind.OVERFLOW);
        lose(mbuf, "lost: the queue is full");
        return;
      }
      if (plan.markBytes > 0 && queued > plan.markBytes) {
        mark(mbuf);
      }
      linkFreeNanos = free + Math.round(bytes * BITS * NANOS / plan.bitsPerSecond);
      leaves = linkFreeNanos;
    }
    passedBytes += bytes;
    long due = leaves + plan.delayNanos;
    if (plan.jitterNanos > 0) {
      due += dice.below(plan.jitterNanos);
    }
    if (hits(plan.reorder) && strikes(FaultKind.REORDER)) {
      long held = 1 + dice.below(plan.reorderNanos);
      watcher.fate("is held back", false);
      enqueue(mbuf, due + held, true);
    } else {
      enqueue(mbuf, due, plan.jitterReorders);
    }
  }

  private void mark(long mbuf) {
    frame.read(mbuf);
    int tos = Ipv4Header.tos(frame.ip);
    if ((tos & ECN_MASK) != 0) {
      Memory.putByte(frame.ip + 1, tos | ECN_MASK);
      frame.fixIpChecksum();
      faults.count(FaultKind.MARK);
      watcher.fate("is marked", false);
    }
  }

  private void enqueue(long mbuf, long due, boolean overtakes) {
    long arrives = overtakes ? due : Math.max(due, lastDueNanos);
    if (!overtakes) {
      lastDueNanos = arrives;
    }
    onTheWay.add(arrives, mbuf);
  }

  /** Returns when the next packet arrives; {@link Long#MAX_VALUE} if none is in transit. */
  long nextDueNanos() {
    return onTheWay.firstDue();
  }

  /**
   * Delivers what has arrived, in the receiver's buffers.
   *
   * @return number written to {@code mbufs} from index {@code from} on, at most {@code max}
   */
  int deliver(long[] mbufs, int from, int max, long now, MbufPool receiver) {
    int n = from;
    while (n < max && onTheWay.firstDue() <= now) {
      long mbuf = onTheWay.remove();
      long copy = receiver.copy(mbuf);
      senderPool.free(mbuf);
      if (copy != 0) {
        mbufs[n++] = copy;
      }
    }
    return n - from;
  }

  /** Frees packets in transit. */
  void clear() {
    while (onTheWay.size() > 0) {
      senderPool.free(onTheWay.remove());
    }
  }
}
