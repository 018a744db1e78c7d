package org.mosstack.tcp;

import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/**
 * Data of one connection that arrived ahead of a gap (RFC 9293 section 3.10.7.4, seventh check): in
 * blocks, sorted, that neither overlap nor touch, each a chain of packets. What came first is kept
 * where segments overlap. The blocks are what SACK options report (RFC 2018), and which of them
 * changed last is remembered here for that.
 *
 * <p>The receive window bounds the payload, and {@code limit} the packet buffers: a peer that sends
 * single bytes would otherwise make each of them hold a whole one. For the same reason a segment
 * that fits is copied behind the block before it, into that one's last buffer and as far behind as
 * its sequence number says: where there is a gap, it becomes a <em>guest</em> there, a block
 * without a buffer of its own, and what fills the gap joins the two without a move. A block of
 * packets that is followed by guests is their host: when it goes, the first guest takes the buffer
 * over.
 *
 * <p>Exists only while a connection has such data; cores keep a few of them for the next one.
 */
final class Reassembly extends ReassemblyBlocks {
  /** Most blocks of one connection: inserting one moves those behind it. */
  static final int MAX_BLOCKS = 2048;

  /** Whose it is. */
  TcpConnection owner;

  // Links of the chain of those that hold about as much, see PruneOrder.
  int size = -1;
  Reassembly older;
  Reassembly newer;

  private int buffers;
  private int bytes;

  /** Packets linked since the last {@link #compact} that may fit into the one before. */
  private int joints;

  private int duplicateLeft;
  private int duplicateRight;

  /**
   * Makes an empty one.
   *
   * @param steps of the core
   */
  Reassembly(StepCount steps) {
    super(steps);
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
        && !takesBuffer(from - 1, joinsPrevious, seg, limit, core)) {
      return Insert.FULL;
    }
    if (joinsNext) {
      seg.trimBack(end - newEnd);
    }
    overlay(seg);
    discard(from, to, core);
    bytes += seg.dataLen;
    if (lodges) {
      lodge(from - 1, joinsPrevious, joinsNext, seg, core);
    } else if (joinsPrevious) {
      append(index, seg, core);
    } else if (joinsNext) {
      prepend(from, seg, core);
    } else if (hostsNext) {
      host(from, seg, core);
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
   * Whether a segment is to be copied behind the block before it, into the same buffer: up to
   * {@code end} it fits there, and what it joins is there already or joins by a link.
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
      int previous, boolean joinsPrevious, boolean joinsNext, Segment seg, TcpCore core) {
    long target = endAddress(previous) + (seg.seq - rights[previous]);
    long mbuf = seg.takeMbuf();
    Memory.copy(Mbuf.data(mbuf), target, seg.dataLen);
    core.freeReceived(mbuf);
    if (joinsPrevious) {
      grow(previous, seg.dataLen);
    } else if (joinsNext) {
      lefts[previous + 1] = seg.seq;
      heads[previous + 1] = ~target;
    } else {
      open(previous + 1, seg, ~target, tails[previous]);
    }
  }

  /** The bytes behind a block, in the same buffer, are part of it. */
  private void grow(int index, int length) {
    rights[index] += length;
    if (!isGuest(index)) {
      Mbuf.append(tails[index], length);
    }
  }

  /** A guest whose host goes, or is given out, has the buffer from here on. */
  private void inherit(int index) {
    long mbuf = tails[index];
    Mbuf.trimFront(mbuf, (int) (place(index) - Mbuf.data(mbuf)));
    Mbuf.setLength(mbuf, rights[index] - lefts[index]);
    Mbuf.setNext(mbuf, 0);
    heads[index] = mbuf;
  }

  /** Whether a segment fits in front of a block of one packet, at its distance. */
  private boolean hosts(int seq, int next) {
    return heads[next] == tails[next] && lefts[next] - seq <= Mbuf.headroom(heads[next]);
  }

  /** The segment becomes the host in the buffer of the block behind it, which is its guest. */
  private void host(int index, Segment seg, TcpCore core) {
    long shared = heads[index];
    heads[index] = ~Mbuf.data(shared);
    long target = Mbuf.prepend(shared, lefts[index] - seg.seq);
    Mbuf.setLength(shared, seg.dataLen);
    long mbuf = seg.takeMbuf();
    Memory.copy(Mbuf.data(mbuf), target, seg.dataLen);
    core.freeReceived(mbuf);
    open(index, seg, shared, shared);
  }

  private boolean fitsFront(int index, int length) {
    return !isGuest(index) && length <= Mbuf.headroom(heads[index]);
  }

  // ---- A segment that is kept as it came ----

  /**
   * Makes sure that the segment's packet may be kept; a guest that it joins moves to it, or out.
   */
  private boolean takesBuffer(
      int previous, boolean joinsPrevious, Segment seg, int limit, TcpCore core) {
    boolean moves = joinsPrevious && isGuest(previous);
    if (moves && rights[previous] - lefts[previous] > Mbuf.headroom(seg.mbuf)) {
      return makeRoom(limit - 1, core) && moveOut(previous, core);
    }
    return makeRoom(limit, core);
  }

  /** A guest gets a buffer of its own. Those behind it are covered by what it is moved for. */
  private boolean moveOut(int index, TcpCore core) {
    int length = rights[index] - lefts[index];
    long mbuf = core.received().copy(place(index), length);
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

  private void append(int index, Segment seg, TcpCore core) {
    rights[index] += seg.dataLen;
    if (!isGuest(index) && seg.dataLen <= Mbuf.tailroom(tails[index])) { // as it was compacted
      long mbuf = seg.takeMbuf();
      Memory.copy(Mbuf.data(mbuf), Mbuf.append(tails[index], seg.dataLen), seg.dataLen);
      core.freeReceived(mbuf);
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

  private void prepend(int index, Segment seg, TcpCore core) {
    lefts[index] = seg.seq;
    if (seg.dataLen <= Mbuf.headroom(heads[index])) {
      long mbuf = seg.takeMbuf();
      Memory.copy(Mbuf.data(mbuf), Mbuf.prepend(heads[index], seg.dataLen), seg.dataLen);
      core.freeReceived(mbuf);
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

  /** Joins a block with the one behind it, which it touches by now. */
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

  private void discard(int from, int to, TcpCore core) {
    if (from == to) {
      return;
    }
    long host = to < blocks && isGuest(to) ? tails[to] : 0;
    for (int i = from; i < to; i++) {
      bytes -= rights[i] - lefts[i];
      if (!isGuest(i) && discardPackets(heads[i], host, core)) {
        inherit(to);
      }
    }
    move(to, from);
  }

  /** Frees a chain of packets but for one that has a guest; true when it does. */
  private boolean discardPackets(long head, long host, TcpCore core) {
    boolean hosts = false;
    int visited = 0;
    for (long mbuf = head; mbuf != 0; visited++) {
      long next = Mbuf.next(mbuf);
      if (mbuf == host) {
        hosts = true;
      } else {
        core.freeReceived(mbuf);
        buffers--;
      }
      mbuf = next;
    }
    steps.add(visited);
    return hosts;
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
    steps.add(blocks + buffers);
    for (int i = 0; i < blocks; i++) {
      if (!isGuest(i)) {
        boolean hosts = i + 1 < blocks && isGuest(i + 1);
        tails[i] = compact(heads[i], hosts, core);
      }
    }
  }

  /**
   * Copies the packets of a chain together.
   *
   * @param hosts whether the last one has guests and stays where it is
   * @return the last one
   */
  private long compact(long head, boolean hosts, TcpCore core) {
    long last = head;
    for (long mbuf = Mbuf.next(last); mbuf != 0; ) {
      long next = Mbuf.next(mbuf);
      int length = Mbuf.dataLength(mbuf);
      if (length <= Mbuf.tailroom(last) && !(hosts && next == 0)) {
        Memory.copy(Mbuf.data(mbuf), Mbuf.append(last, length), length);
        Mbuf.setNext(last, next);
        core.freeReceived(mbuf);
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
   * Gives out the first packet if it continues the stream.
   *
   * @param rcvNxt RCV.NXT
   * @return a packet, cut to what is new, owned by the caller; 0 when there is still a gap
   */
  long next(int rcvNxt, TcpCore core) {
    discard(0, firstEndingAtOrAfter(rcvNxt + 1), core);
    while (blocks > 0 && Seq.leq(lefts[0], rcvNxt)) {
      long mbuf = heads[0];
      int old = rcvNxt - lefts[0];
      int length = Mbuf.dataLength(mbuf);
      if (old < length) {
        long packet = takeFirst(mbuf, length, core);
        Mbuf.trimFront(packet, old);
        return packet;
      }
      heads[0] = Mbuf.next(mbuf);
      lefts[0] += length;
      bytes -= length;
      buffers--;
      core.freeReceived(mbuf);
    }
    return 0;
  }

  /** Takes the first packet out; where it has guests, a copy of it. */
  private long takeFirst(long mbuf, int length, TcpCore core) {
    long packet = mbuf;
    bytes -= length;
    lefts[0] += length;
    heads[0] = Mbuf.next(mbuf);
    if (heads[0] != 0) {
      buffers--;
      return packet;
    }
    if (blocks > 1 && isGuest(1)) {
      long copy = core.received().copy(Mbuf.data(mbuf), length);
      if (copy != 0) {
        inherit(1);
        move(1, 0);
        return copy;
      }
      dropGuests(core);
    }
    buffers--;
    move(1, 0);
    return packet;
  }

  /** Without a buffer for a copy, the guests of the first block are lost: they come again. */
  private void dropGuests(TcpCore core) {
    int guests = 1;
    while (guests < blocks && isGuest(guests)) {
      guests++;
    }
    steps.add(guests);
    discard(1, guests, core);
  }

  /** Frees all packets, and what the largest number of blocks took. */
  void clear(TcpCore core) {
    discard(0, blocks, core);
    forgetBlocks();
    joints = 0;
  }
}
