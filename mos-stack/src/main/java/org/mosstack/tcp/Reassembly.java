package org.mosstack.tcp;

import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;
import org.mosstack.tcp.scoreboard.StepCount;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;

/**
 * Data of one connection that arrived ahead of a gap (RFC 9293 section 3.10.7.4, seventh check), in
 * sorted blocks that neither overlap nor touch, each a chain of packets. Where segments overlap,
 * the data that came first is kept. SACK options report the blocks (RFC 2018), those that changed
 * last first.
 *
 * <p>The receive window bounds the payload, and {@code limit} the packet buffers: otherwise each
 * byte of a peer that sends single bytes would hold a whole buffer. For the same reason, a segment
 * that fits is copied into the last buffer of the block before it, at the distance that its
 * sequence number gives: across a gap it becomes a <em>guest</em> there, a block without a buffer
 * of its own, and what fills the gap joins the two without moving data. A block of packets that is
 * followed by guests is their host: when it goes, the first guest takes the buffer over.
 *
 * <p>Exists only while a connection has such data; cores keep a few for reuse.
 */
final class Reassembly extends ReassemblyBlocks {
  /** Maximum number of blocks of one connection: inserting one moves those behind it. */
  static final int MAX_BLOCKS = 2048;

  /** The connection that it belongs to. */
  Tcb owner;

  // Links of the chain of those in the same size class, see PruneOrder.
  int size = -1;
  Reassembly older;
  Reassembly newer;

  private int buffers;
  private int bytes;

  /** Number of packets linked since the last {@link #compact} that may fit into the one before. */
  private int joints;

  private int duplicateLeft;
  private int duplicateRight;

  /**
   * Creates an empty instance.
   *
   * @param steps the core's count
   */
  Reassembly(StepCount steps) {
    super(steps);
  }

  /** Memory of its arrays, without the packets. */
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
   * Keeps a segment's payload, trimmed to what isn't held yet. If it is kept, the packet is owned
   * here. Afterwards, {@link #duplicateLeft} tells which part was already held.
   *
   * @param seg a segment with data beyond RCV.NXT, within the window
   * @param limit packet buffers that the connection may hold here
   */
  Insert insert(Segment seg, int limit, ReceivedPackets received) {
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
    steps.add(to - from);
    boolean joinsNext = to < blocks && Seq.leq(lefts[to], end);
    boolean addsBlock = !joinsPrevious && !joinsNext && from == to;
    if (addsBlock && blocks == MAX_BLOCKS) {
      return Insert.FULL;
    }
    int newEnd = joinsNext ? lefts[to] : end;
    boolean lodges = lodges(from - 1, to, joinsPrevious, joinsNext, newEnd);
    boolean hostsNext = addsBlock && !lodges && to < blocks && hosts(seg.seq, to);
    boolean fitsFront = joinsNext && !joinsPrevious && fitsFront(to, newEnd - seg.seq);
    if (!lodges
        && !hostsNext
        && !fitsFront
        && !takesBuffer(from - 1, joinsPrevious, seg, limit, received)) {
      return Insert.FULL;
    }
    if (joinsNext) {
      seg.trimBack(end - newEnd);
    }
    overlay(seg);
    discard(from, to, received);
    bytes += seg.dataLen;
    if (lodges) {
      lodge(from - 1, joinsPrevious, joinsNext, seg, received);
    } else if (joinsPrevious) {
      append(index, seg, received);
    } else if (joinsNext) {
      prepend(from, seg, received);
    } else if (hostsNext) {
      host(from, seg, received);
    } else {
      long mbuf = takePacket(seg);
      open(from, seg, mbuf, mbuf);
    }
    if (joinsPrevious && joinsNext) {
      merge(index);
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

  /**
   * First sequence number of the last segment that was already held; see {@link #duplicateRight}.
   */
  int duplicateLeft() {
    return duplicateLeft;
  }

  /** The number behind the first run of duplicate bytes; {@link #duplicateLeft} for none. */
  int duplicateRight() {
    return duplicateRight;
  }

  /**
   * Overwrites the bytes of a segment that are already held: neither a peer, nor somebody who poses
   * as it, can change data by sending it again (RFC 9293 leaves the choice; inspection devices on
   * the path also believe what came first).
   */
  void keepFirst(Segment seg) {
    findDuplicate(seg);
    overlay(seg);
  }

  private void overlay(Segment seg) {
    int end = seg.seq + seg.dataLen;
    for (int i = firstEndingAtOrAfter(seg.seq + 1); i < blocks && Seq.lt(lefts[i], end); i++) {
      if (isGuest(i)) {
        copyOver(seg, end, lefts[i], place(i), rights[i] - lefts[i]);
        continue;
      }
      int at = lefts[i];
      int visited = 0;
      for (long mbuf = heads[i]; mbuf != 0 && Seq.lt(at, end); mbuf = Mbuf.next(mbuf)) {
        copyOver(seg, end, at, Mbuf.data(mbuf), Mbuf.dataLength(mbuf));
        at += Mbuf.dataLength(mbuf);
        visited++;
      }
      steps.add(visited);
    }
  }

  private static void copyOver(Segment seg, int end, int at, long held, int heldLength) {
    int from = Seq.max(at, seg.seq);
    int length = Seq.min(at + heldLength, end) - from;
    if (length > 0) {
      Memory.copy(held + (from - at), Mbuf.data(seg.mbuf) + (from - seg.seq), length);
    }
  }

  // ---- A segment that needs no buffer ----

  /**
   * Whether a segment is to be copied behind the previous block, into the same buffer: up to {@code
   * end} it fits there, and the next block, if joined, is there already or can be linked.
   */
  private boolean lodges(
      int previous, int next, boolean joinsPrevious, boolean joinsNext, int end) {
    if (previous < 0) {
      return false;
    }
    long tail = tails[previous];
    long room =
        Mbuf.data(tail) + Mbuf.dataLength(tail) + Mbuf.tailroom(tail) - endAddress(previous);
    if (end - rights[previous] > room) {
      return false;
    }
    boolean nextIsThere = joinsNext && isGuest(next) && tails[next] == tail;
    return !joinsNext || nextIsThere || joinsPrevious && !isGuest(previous);
  }

  private void lodge(
      int previous,
      boolean joinsPrevious,
      boolean joinsNext,
      Segment seg,
      ReceivedPackets received) {
    long target = endAddress(previous) + (seg.seq - rights[previous]);
    long mbuf = seg.takeMbuf();
    Memory.copy(Mbuf.data(mbuf), target, seg.dataLen);
    received.free(mbuf);
    if (joinsPrevious) {
      grow(previous, seg.dataLen);
    } else if (joinsNext) {
      lefts[previous + 1] = seg.seq;
      heads[previous + 1] = ~target;
    } else {
      open(previous + 1, seg, ~target, tails[previous]);
    }
  }

  /** Extends a block by the bytes behind it in the same buffer. */
  private void grow(int index, int length) {
    rights[index] += length;
    if (!isGuest(index)) {
      Mbuf.append(tails[index], length);
    }
  }

  /** Gives a guest the buffer of its host, which goes or is handed out. */
  private void inherit(int index) {
    long mbuf = tails[index];
    Mbuf.trimFront(mbuf, (int) (place(index) - Mbuf.data(mbuf)));
    Mbuf.setLength(mbuf, rights[index] - lefts[index]);
    Mbuf.setNext(mbuf, 0);
    heads[index] = mbuf;
  }

  /** Whether a segment fits in front of a block of one packet, at the right distance. */
  private boolean hosts(int seq, int next) {
    return heads[next] == tails[next] && lefts[next] - seq <= Mbuf.headroom(heads[next]);
  }

  /** Makes the segment the host in the buffer of the block behind it, which becomes its guest. */
  private void host(int index, Segment seg, ReceivedPackets received) {
    long shared = heads[index];
    heads[index] = ~Mbuf.data(shared);
    long target = Mbuf.prepend(shared, lefts[index] - seg.seq);
    Mbuf.setLength(shared, seg.dataLen);
    long mbuf = seg.takeMbuf();
    Memory.copy(Mbuf.data(mbuf), target, seg.dataLen);
    received.free(mbuf);
    open(index, seg, shared, shared);
  }

  private boolean fitsFront(int index, int length) {
    return !isGuest(index) && length <= Mbuf.headroom(heads[index]);
  }

  // ---- A segment that is kept as it came ----

  /**
   * Makes sure that the segment's packet may be kept; a guest that it joins moves into it, or into
   * a buffer of its own.
   */
  private boolean takesBuffer(
      int previous, boolean joinsPrevious, Segment seg, int limit, ReceivedPackets received) {
    boolean moves = joinsPrevious && isGuest(previous);
    if (moves && rights[previous] - lefts[previous] > Mbuf.headroom(seg.mbuf)) {
      return makeRoom(limit - 1, received) && moveOut(previous, received);
    }
    return makeRoom(limit, received);
  }

  /**
   * Moves a guest to a buffer of its own. The segment that it moves for covers the guests behind
   * it.
   */
  private boolean moveOut(int index, ReceivedPackets received) {
    int length = rights[index] - lefts[index];
    long mbuf = received.copy(place(index), length);
    if (mbuf == 0) {
      return false;
    }
    heads[index] = mbuf;
    tails[index] = mbuf;
    buffers++;
    return true;
  }

  private long takePacket(Segment seg) {
    long mbuf = seg.takeMbuf();
    Mbuf.setNext(mbuf, 0);
    buffers++;
    return mbuf;
  }

  private void append(int index, Segment seg, ReceivedPackets received) {
    rights[index] += seg.dataLen;
    if (!isGuest(index) && seg.dataLen <= Mbuf.tailroom(tails[index])) { // after compaction
      long mbuf = seg.takeMbuf();
      Memory.copy(Mbuf.data(mbuf), Mbuf.append(tails[index], seg.dataLen), seg.dataLen);
      received.free(mbuf);
      return;
    }
    long mbuf = takePacket(seg);
    if (isGuest(index)) {
      int length = rights[index] - lefts[index] - seg.dataLen;
      Memory.copy(place(index), Mbuf.prepend(mbuf, length), length);
      heads[index] = mbuf;
    } else {
      Mbuf.setNext(tails[index], mbuf);
      joints++;
    }
    tails[index] = mbuf;
  }

  private void prepend(int index, Segment seg, ReceivedPackets received) {
    lefts[index] = seg.seq;
    if (seg.dataLen <= Mbuf.headroom(heads[index])) {
      long mbuf = seg.takeMbuf();
      Memory.copy(Mbuf.data(mbuf), Mbuf.prepend(heads[index], seg.dataLen), seg.dataLen);
      received.free(mbuf);
      return;
    }
    long mbuf = takePacket(seg);
    Mbuf.setNext(mbuf, heads[index]);
    heads[index] = mbuf;
    joints++;
  }

  private void open(int index, Segment seg, long head, long tail) {
    insertBlock(index);
    lefts[index] = seg.seq;
    rights[index] = seg.seq + seg.dataLen;
    heads[index] = head;
    tails[index] = tail;
  }

  /** Joins a block with the one behind it, which it now touches. */
  private void merge(int index) {
    int next = index + 1;
    if (isGuest(next)) {
      grow(index, rights[next] - lefts[next]);
    } else {
      Mbuf.setNext(tails[index], heads[next]);
      tails[index] = tails[next];
      rights[index] = rights[next];
      joints++;
    }
    move(next + 1, next);
  }

  private void discard(int from, int to, ReceivedPackets received) {
    if (from == to) {
      return;
    }
    long host = to < blocks && isGuest(to) ? tails[to] : 0;
    for (int i = from; i < to; i++) {
      bytes -= rights[i] - lefts[i];
      if (!isGuest(i) && discardPackets(heads[i], host, received)) {
        inherit(to);
      }
    }
    move(to, from);
  }

  /** Frees a chain of packets except one that has a guest; returns true if there is one. */
  private boolean discardPackets(long head, long host, ReceivedPackets received) {
    boolean hosts = false;
    int visited = 0;
    for (long mbuf = head; mbuf != 0; visited++) {
      long next = Mbuf.next(mbuf);
      if (mbuf == host) {
        hosts = true;
      } else {
        received.free(mbuf);
        buffers--;
      }
      mbuf = next;
    }
    steps.add(visited);
    return hosts;
  }

  // ---- The bound ----

  /** Whether one more packet may be held; compacts the chains first if need be. */
  private boolean makeRoom(int limit, ReceivedPackets received) {
    if (buffers >= limit && joints > buffers / 4) { // else it isn't worth the work
      compact(received);
    }
    return buffers < limit;
  }

  private void compact(ReceivedPackets received) {
    joints = 0;
    steps.add(blocks + buffers);
    for (int i = 0; i < blocks; i++) {
      if (!isGuest(i)) {
        boolean hosts = i + 1 < blocks && isGuest(i + 1);
        tails[i] = compact(heads[i], hosts, received);
      }
    }
  }

  /**
   * Copies packets of a chain together.
   *
   * @param hosts whether the last packet has guests and stays where it is
   * @return the last packet
   */
  private long compact(long head, boolean hosts, ReceivedPackets received) {
    long last = head;
    for (long mbuf = Mbuf.next(last); mbuf != 0; ) {
      long next = Mbuf.next(mbuf);
      int length = Mbuf.dataLength(mbuf);
      if (length <= Mbuf.tailroom(last) && !(hosts && next == 0)) {
        Memory.copy(Mbuf.data(mbuf), Mbuf.append(last, length), length);
        Mbuf.setNext(last, next);
        received.free(mbuf);
        buffers--;
      } else {
        last = mbuf;
      }
      mbuf = next;
    }
    return last;
  }

  // ---- The way out ----

  /**
   * Removes and returns the first packet if it continues the stream.
   *
   * @param rcvNxt RCV.NXT
   * @return a packet, trimmed to what is new, owned by the caller; 0 while there is a gap
   */
  long next(int rcvNxt, ReceivedPackets received) {
    discard(0, firstEndingAtOrAfter(rcvNxt + 1), received);
    while (blocks > 0 && Seq.leq(lefts[0], rcvNxt)) {
      long mbuf = heads[0];
      int old = rcvNxt - lefts[0];
      int length = Mbuf.dataLength(mbuf);
      if (old < length) {
        long packet = takeFirst(mbuf, length, received);
        Mbuf.trimFront(packet, old);
        return packet;
      }
      heads[0] = Mbuf.next(mbuf);
      lefts[0] += length;
      bytes -= length;
      buffers--;
      received.free(mbuf);
    }
    return 0;
  }

  /** Takes out the first packet, or a copy of it where it has guests. */
  private long takeFirst(long mbuf, int length, ReceivedPackets received) {
    long packet = mbuf;
    bytes -= length;
    lefts[0] += length;
    heads[0] = Mbuf.next(mbuf);
    if (heads[0] != 0) {
      buffers--;
      return packet;
    }
    if (blocks > 1 && isGuest(1)) {
      long copy = received.copy(Mbuf.data(mbuf), length);
      if (copy != 0) {
        inherit(1);
        move(1, 0);
        return copy;
      }
      dropGuests(received);
    }
    buffers--;
    move(1, 0);
    return packet;
  }

  /**
   * Drops the guests of the first block for lack of a buffer for a copy: the peer sends them again.
   */
  private void dropGuests(ReceivedPackets received) {
    int guests = 1;
    while (guests < blocks && isGuest(guests)) {
      guests++;
    }
    steps.add(guests);
    discard(1, guests, received);
  }

  /** Frees all packets, and the memory of large arrays. */
  void clear(ReceivedPackets received) {
    discard(0, blocks, received);
    forgetBlocks();
    joints = 0;
  }
}
