package org.mosstack.sim;

import java.util.HashMap;
import java.util.Map;
import org.mosstack.header.Ipv4Header;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;

/**
 * One direction of a {@link SimLink}: what becomes of each packet is settled when it is sent, by
 * the plan, the packet's ordinal and the seed. Packets on their way stay in the sender's buffers.
 *
 * <p>Faults are for TCP alone. ARP has tests of its own, and Ethernet's checksum, which guards it
 * against corruption, isn't simulated.
 */
final class LinkDirection {
  private static final double NANOS = 1e9;
  private static final int BITS = 8;
  private static final int ECN_MASK = 3;

  /**
   * The longest burst. Its chance to end is a packet's: without a limit in time, one that begins
   * when a connection has only its last segment left would outlast all of that one's repetitions.
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

  /** Frames' bytes that went over the link so far. */
  long passedBytes() {
    return passedBytes;
  }

  /** Takes a packet from its sender. */
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
    change(mbuf);
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

  /** What the packet gets lost by, or null. */
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

  private void change(long mbuf) {
    if (hits(plan.lying) && strikes(FaultKind.LIE) && plan.lie.tell(frame, mbuf, dice)) {
      watcher.fate("lies: " + plan.lie, false);
    }
    if (hits(plan.corrupt)) {
      int at = dice.below(Mbuf.packetLength(mbuf));
      int mask = 1 + dice.below(255); // within a byte: no Internet checksum misses that
      if (strikes(FaultKind.CORRUPT)) {
        Mbuf.invert(mbuf, at, mask);
        watcher.fate("byte " + at + " is changed", true);
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

  /** When the next packet arrives; {@link Long#MAX_VALUE} when none is on its way. */
  long nextDueNanos() {
    return onTheWay.firstDue();
  }

  /**
   * Hands out what has arrived, in buffers of the receiver's.
   *
   * @return how many were written to {@code mbufs} from {@code from} on, up to {@code max}
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

  /** Frees what is on its way. */
  void clear() {
    while (onTheWay.size() > 0) {
      senderPool.free(onTheWay.remove());
    }
  }
}
