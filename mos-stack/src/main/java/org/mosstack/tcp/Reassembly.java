package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * Segments of one connection that arrived ahead of a gap, sorted by sequence number and free of
 * overlaps (RFC 9293 section 3.10.7.4, seventh check). Bounded in segments; the receive window
 * bounds the bytes. What came first is kept where segments overlap.
 *
 * <p>Exists only while a connection has such data; cores keep a few of them for the next one.
 */
final class Reassembly {
  /** Most segments that one connection may hold out of order. */
  static final int MAX_SEGMENTS = 256;

  private int[] seqs = new int[8];
  private long[] mbufs = new long[8];
  private int count;
  private int bytes;

  boolean isEmpty() {
    return count == 0;
  }

  int segments() {
    return count;
  }

  /** Payload bytes held. */
  int bytes() {
    return bytes;
  }

  /** What became of a segment. */
  enum Insert {
    KEPT,
    DUPLICATE,
    FULL
  }

  /**
   * Keeps a segment's payload, cut to what isn't held yet. When kept, the packet is owned here.
   *
   * @param seg a segment with data beyond RCV.NXT, within the window
   */
  Insert insert(Segment seg, TcpCore core) {
    int index = firstAtOrAfter(seg.seq);
    if (index > 0 && !cutBehind(index - 1, seg)) {
      return Insert.DUPLICATE;
    }
    int end = seg.seq + seg.dataLen;
    int covered = index;
    int known = 0;
    while (covered < count && Seq.leq(endOf(covered), end)) {
      known += Mbuf.dataLength(mbufs[covered++]);
    }
    if (covered < count && Seq.lt(seqs[covered], end)) {
      known += end - seqs[covered];
    }
    if (known == seg.dataLen) {
      return Insert.DUPLICATE;
    }
    if (covered == index && count == MAX_SEGMENTS) {
      return Insert.FULL;
    }
    if (covered < count && Seq.lt(seqs[covered], end)) {
      seg.trimBack(end - seqs[covered]);
    }
    keepFirst(seg);
    discard(index, covered, core);
    open(index);
    seqs[index] = seg.seq;
    bytes += seg.dataLen;
    mbufs[index] = seg.takeMbuf();
    return Insert.KEPT;
  }

  /**
   * Puts what is held already over the same bytes of a segment: a peer, or somebody who pretends to
   * be it, doesn't change data by sending it again (RFC 9293 leaves the choice; inspection devices
   * on the path believe what came first, too).
   */
  void keepFirst(Segment seg) {
    int end = seg.seq + seg.dataLen;
    for (int i = firstAtOrAfter(seg.seq); i < count && Seq.lt(seqs[i], end); i++) {
      int length = Math.min(Mbuf.dataLength(mbufs[i]), end - seqs[i]);
      Memory.copy(Mbuf.data(mbufs[i]), Mbuf.data(seg.mbuf) + (seqs[i] - seg.seq), length);
    }
  }

  /** Cuts what the entry before holds already; false when nothing is left. */
  private boolean cutBehind(int previous, Segment seg) {
    int overlap = endOf(previous) - seg.seq;
    if (overlap <= 0) {
      return true;
    }
    if (overlap >= seg.dataLen) {
      return false;
    }
    seg.trimFront(overlap);
    return true;
  }

  private int firstAtOrAfter(int seq) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = low + high >>> 1;
      if (Seq.lt(seqs[middle], seq)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int endOf(int index) {
    return seqs[index] + Mbuf.dataLength(mbufs[index]);
  }

  /** Drops entries that the new segment covers. */
  private void discard(int from, int to, TcpCore core) {
    if (from == to) {
      return;
    }
    for (int i = from; i < to; i++) {
      bytes -= Mbuf.dataLength(mbufs[i]);
      core.freeReceived(mbufs[i]);
    }
    System.arraycopy(seqs, to, seqs, from, count - to);
    System.arraycopy(mbufs, to, mbufs, from, count - to);
    count -= to - from;
  }

  private void open(int index) {
    if (count == seqs.length) {
      seqs = Arrays.copyOf(seqs, count * 2);
      mbufs = Arrays.copyOf(mbufs, count * 2);
    }
    System.arraycopy(seqs, index, seqs, index + 1, count - index);
    System.arraycopy(mbufs, index, mbufs, index + 1, count - index);
    count++;
  }

  /**
   * Gives out the first segment if it continues the stream.
   *
   * @param rcvNxt RCV.NXT
   * @return a packet, cut to what is new, owned by the caller; 0 when there is still a gap
   */
  long next(int rcvNxt, TcpCore core) {
    while (count > 0 && Seq.leq(seqs[0], rcvNxt)) {
      long mbuf = mbufs[0];
      int old = rcvNxt - seqs[0];
      int length = Mbuf.dataLength(mbuf);
      bytes -= length;
      count--;
      System.arraycopy(seqs, 1, seqs, 0, count);
      System.arraycopy(mbufs, 1, mbufs, 0, count);
      if (old < length) {
        Mbuf.trimFront(mbuf, old);
        return mbuf;
      }
      core.freeReceived(mbuf);
    }
    return 0;
  }

  /** Frees all segments. */
  void clear(TcpCore core) {
    discard(0, count, core);
  }
}
