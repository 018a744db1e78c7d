package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * Data of one connection that arrived ahead of a gap (RFC 9293 section 3.10.7.4, seventh check): in
 * blocks, sorted, that neither overlap nor touch, each a chain of packets. What came first is kept
 * where segments overlap. The blocks are what SACK options report (RFC 2018), and which of them
 * changed last is remembered here for that.
 *
 * <p>The receive window bounds the payload, and {@code limit} the packet buffers: a peer that sends
 * single bytes would otherwise make each of them hold a whole one. Small segments are copied
 * together for the same reason, where they touch.
 *
 * <p>Exists only while a connection has such data; cores keep a few of them for the next one.
 */
final class Reassembly {
  /** Most blocks of one connection: inserting one moves those behind it. */
  static final int MAX_BLOCKS = 2048;

  private static final int INITIAL_BLOCKS = 8;

  /** Blocks for which an empty object keeps its arrays. */
  private static final int KEPT_BLOCKS = 64;

  private int[] lefts = new int[INITIAL_BLOCKS];
  private int[] rights = new int[INITIAL_BLOCKS];
  private long[] heads = new long[INITIAL_BLOCKS];
  private long[] tails = new long[INITIAL_BLOCKS];
  private int blocks;
  private int buffers;
  private int bytes;

  /** Packets linked since the last {@link #compact} that may fit into the one before. */
  private int joints;

  /** A sequence number in each of the blocks that changed last, the newest first. */
  private final int[] recent = new int[TcpOptions.MAX_SACK_BLOCKS];

  private int recentCount;

  private int duplicateLeft;
  private int duplicateRight;

  boolean isEmpty() {
    return blocks == 0;
  }

  int blocks() {
    return blocks;
  }

  /** Memory that its arrays take, the packets' not counted. */
  int memoryBytes() {
    return lefts.length * (2 * Integer.BYTES + 2 * Long.BYTES);
  }

  /** Packet buffers held. */
  int buffers() {
    return buffers;
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
   * {@link #duplicateLeft} says afterwards what of it was held.
   *
   * @param seg a segment with data beyond RCV.NXT, within the window
   * @param limit packet buffers that the connection may hold here
   */
  Insert insert(Segment seg, int limit, TcpCore core) {
    findDuplicate(seg);
    int index = firstEndingAtOrAfter(seg.seq);
    boolean joinsPrevious = index < blocks && Seq.leq(lefts[index], seg.seq);
    if (joinsPrevious) {
      int overlap = rights[index] - seg.seq;
      if (overlap >= seg.dataLen) {
        remember(seg.seq);
        return Insert.DUPLICATE;
      }
      seg.trimFront(overlap);
    }
    int from = joinsPrevious ? index + 1 : index;
    int end = seg.seq + seg.dataLen;
    int to = from;
    while (to < blocks && Seq.leq(rights[to], end)) {
      to++; // the segment covers it
    }
    boolean joinsNext = to < blocks && Seq.leq(lefts[to], end);
    boolean addsBlock = !joinsPrevious && !joinsNext && from == to;
    boolean fitsTail = joinsPrevious && fitsBehind(tails[index], seg);
    if (addsBlock && blocks == MAX_BLOCKS || !fitsTail && !makeRoom(limit, core)) {
      return Insert.FULL;
    }
    if (joinsNext) {
      seg.trimBack(end - lefts[to]);
    }
    overlay(seg);
    discard(from, to, core);
    bytes += seg.dataLen;
    if (joinsPrevious) {
      append(index, seg, core);
      if (joinsNext) {
        merge(index);
      }
    } else if (joinsNext) {
      prepend(from, seg);
    } else {
      open(from, seg);
    }
    remember(seg.seq);
    return Insert.KEPT;
  }

  // ---- What a segment brings again ----

  private void findDuplicate(Segment seg) {
    int end = seg.seq + seg.dataLen;
    int index = firstEndingAtOrAfter(seg.seq + 1);
    boolean held = index < blocks && Seq.lt(lefts[index], end);
    duplicateLeft = held ? Seq.max(lefts[index], seg.seq) : end;
    duplicateRight = held ? Seq.min(rights[index], end) : end;
  }

  /** First sequence number that the last segment brought again; see {@link #duplicateRight}. */
  int duplicateLeft() {
    return duplicateLeft;
  }

  /** The number behind the first run of bytes that came again; {@link #duplicateLeft} for none. */
  int duplicateRight() {
    return duplicateRight;
  }

  /**
   * Puts what is held already over the same bytes of a segment: a peer, or somebody who pretends to
   * be it, doesn't change data by sending it again (RFC 9293 leaves the choice; inspection devices
   * on the path believe what came first, too).
   */
  void keepFirst(Segment seg) {
    findDuplicate(seg);
    overlay(seg);
  }

  private void overlay(Segment seg) {
    int end = seg.seq + seg.dataLen;
    for (int i = firstEndingAtOrAfter(seg.seq + 1); i < blocks && Seq.lt(lefts[i], end); i++) {
      int at = lefts[i];
      for (long mbuf = heads[i]; mbuf != 0 && Seq.lt(at, end); mbuf = Mbuf.next(mbuf)) {
        copyOver(seg, end, at, mbuf);
        at += Mbuf.dataLength(mbuf);
      }
    }
  }

  private static void copyOver(Segment seg, int end, int at, long mbuf) {
    int from = Seq.max(at, seg.seq);
    int length = Seq.min(at + Mbuf.dataLength(mbuf), end) - from;
    if (length > 0) {
      Memory.copy(Mbuf.data(mbuf) + (from - at), Mbuf.data(seg.mbuf) + (from - seg.seq), length);
    }
  }

  // ---- Blocks ----

  /** Index of the first block whose right edge is at {@code seq} or beyond. */
  private int firstEndingAtOrAfter(int seq) {
    int low = 0;
    int high = blocks;
    while (low < high) {
      int middle = low + high >>> 1;
      if (Seq.lt(rights[middle], seq)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** The block that holds this byte, or -1. */
  private int blockOf(int seq) {
    int index = firstEndingAtOrAfter(seq + 1);
    return index < blocks && Seq.leq(lefts[index], seq) ? index : -1;
  }

  private static boolean fitsBehind(long tail, Segment seg) {
    return seg.dataLen <= Mbuf.tailroom(tail);
  }

  private void append(int index, Segment seg, TcpCore core) {
    rights[index] += seg.dataLen;
    long mbuf = seg.takeMbuf();
    if (seg.dataLen <= Mbuf.tailroom(tails[index])) {
      Memory.copy(Mbuf.data(mbuf), Mbuf.append(tails[index], seg.dataLen), seg.dataLen);
      core.freeReceived(mbuf);
      return;
    }
    Mbuf.setNext(mbuf, 0);
    Mbuf.setNext(tails[index], mbuf);
    tails[index] = mbuf;
    buffers++;
    joints++;
  }

  private void prepend(int index, Segment seg) {
    lefts[index] = seg.seq;
    long mbuf = seg.takeMbuf();
    Mbuf.setNext(mbuf, heads[index]);
    heads[index] = mbuf;
    buffers++;
    joints++;
  }

  private void open(int index, Segment seg) {
    if (blocks == lefts.length) {
      resize(blocks * 2);
    }
    move(index, index + 1);
    lefts[index] = seg.seq;
    rights[index] = seg.seq + seg.dataLen;
    long mbuf = seg.takeMbuf();
    Mbuf.setNext(mbuf, 0);
    heads[index] = mbuf;
    tails[index] = mbuf;
    buffers++;
  }

  /** Joins a block with the one behind it, which it touches by now. */
  private void merge(int index) {
    Mbuf.setNext(tails[index], heads[index + 1]);
    tails[index] = tails[index + 1];
    rights[index] = rights[index + 1];
    joints++;
    move(index + 2, index + 1);
  }

  private void resize(int length) {
    lefts = Arrays.copyOf(lefts, length);
    rights = Arrays.copyOf(rights, length);
    heads = Arrays.copyOf(heads, length);
    tails = Arrays.copyOf(tails, length);
  }

  /** Moves the blocks from an index on to another, and counts them anew. */
  private void move(int from, int to) {
    int length = blocks - from;
    System.arraycopy(lefts, from, lefts, to, length);
    System.arraycopy(rights, from, rights, to, length);
    System.arraycopy(heads, from, heads, to, length);
    System.arraycopy(tails, from, tails, to, length);
    blocks += to - from;
  }

  private void discard(int from, int to, TcpCore core) {
    if (from == to) {
      return;
    }
    for (int i = from; i < to; i++) {
      bytes -= rights[i] - lefts[i];
      for (long mbuf = heads[i]; mbuf != 0; ) {
        long next = Mbuf.next(mbuf);
        core.freeReceived(mbuf);
        buffers--;
        mbuf = next;
      }
    }
    move(to, from);
  }

  // ---- The bound ----

  /** Whether one more packet may be held, once those that fit into others are copied there. */
  private boolean makeRoom(int limit, TcpCore core) {
    if (buffers >= limit && joints > buffers / 4) { // else it would find little for its work
      compact(core);
    }
    return buffers < limit;
  }

  private void compact(TcpCore core) {
    joints = 0;
    for (int i = 0; i < blocks; i++) {
      long last = heads[i];
      for (long mbuf = Mbuf.next(last); mbuf != 0; ) {
        long next = Mbuf.next(mbuf);
        int length = Mbuf.dataLength(mbuf);
        if (length <= Mbuf.tailroom(last)) {
          Memory.copy(Mbuf.data(mbuf), Mbuf.append(last, length), length);
          Mbuf.setNext(last, next);
          core.freeReceived(mbuf);
          buffers--;
        } else {
          last = mbuf;
        }
        mbuf = next;
      }
      tails[i] = last;
    }
  }

  // ---- What SACK reports ----

  /** The block of this byte is the one to be reported first (RFC 2018 section 4). */
  private void remember(int seq) {
    int block = blockOf(seq);
    int count = 0;
    for (int i = 0; i < recentCount; i++) {
      if (blockOf(recent[i]) != block) { // not what the newest has joined
        recent[count++] = recent[i];
      }
    }
    count = Math.min(count, recent.length - 1);
    System.arraycopy(recent, 0, recent, 1, count);
    recent[0] = seq;
    recentCount = count + 1;
  }

  /**
   * The blocks to report: the one of the newest arrival, those before it, and where that leaves
   * room the lowest of the others.
   *
   * @param edges filled with left and right edges in turn
   * @param from index in {@code edges} of the first
   * @param max blocks at most
   * @return how many
   */
  int report(int[] edges, int from, int max) {
    int distinct = 0;
    for (int i = 0; i < recentCount; i++) {
      int block = blockOf(recent[i]);
      if (block >= 0 && !contains(edges, from, distinct, lefts[block])) {
        recent[distinct] = recent[i]; // forgets what was delivered
        edges[from + 2 * distinct] = lefts[block];
        edges[from + 2 * distinct + 1] = rights[block];
        distinct++;
        if (distinct == max) {
          return max;
        }
      }
    }
    recentCount = distinct;
    int count = distinct;
    for (int i = 0; i < blocks && count < max; i++) {
      if (!contains(edges, from, count, lefts[i])) {
        edges[from + 2 * count] = lefts[i];
        edges[from + 2 * count + 1] = rights[i];
        count++;
      }
    }
    return count;
  }

  private static boolean contains(int[] edges, int from, int count, int left) {
    for (int i = 0; i < count; i++) {
      if (edges[from + 2 * i] == left) {
        return true;
      }
    }
    return false;
  }

  // ---- The way out ----

  /**
   * Gives out the first packet if it continues the stream.
   *
   * @param rcvNxt RCV.NXT
   * @return a packet, cut to what is new, owned by the caller; 0 when there is still a gap
   */
  long next(int rcvNxt, TcpCore core) {
    while (blocks > 0 && Seq.leq(lefts[0], rcvNxt)) {
      long mbuf = heads[0];
      int old = rcvNxt - lefts[0];
      int length = Mbuf.dataLength(mbuf);
      heads[0] = Mbuf.next(mbuf);
      lefts[0] += length;
      bytes -= length;
      buffers--;
      if (heads[0] == 0) {
        move(1, 0);
      }
      if (old < length) {
        Mbuf.trimFront(mbuf, old);
        return mbuf;
      }
      core.freeReceived(mbuf);
    }
    return 0;
  }

  /** Frees all packets, and what the largest number of blocks took. */
  void clear(TcpCore core) {
    discard(0, blocks, core);
    recentCount = 0;
    joints = 0;
    if (lefts.length > KEPT_BLOCKS) {
      resize(INITIAL_BLOCKS);
    }
  }
}
