package org.mosstack.tcp;

import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.MbufPool;
import org.mosstack.mbuf.Memory;
import org.mosstack.stats.Counter;
import org.mosstack.stats.Counters;

/**
 * One core's packets that wait to be read, or for a gap in front of them to be filled: decides how
 * many there may be, and whose to give up when that isn't enough. Out-of-order data can't take the
 * second half of the buffers, so that gaps that are never filled starve nobody.
 */
final class ReceivedPackets {
  /** Packet buffers that a connection may hold ahead of a gap, however small its receive buffer. */
  private static final int MIN_REASSEMBLY_BUFFERS = 16;

  private final MbufPool pool;
  private final TcpMemory memory;
  private final SpareParts spares;
  private final Counters counters;
  private final int max;
  private final PruneOrder pruneOrder = new PruneOrder();

  /** Whether the last packet without room lacked a buffer, rather than memory. */
  private boolean lackedBuffers;

  ReceivedPackets(
      MbufPool pool, TcpMemory memory, SpareParts spares, int maxBuffers, Counters counters) {
    this.pool = pool;
    this.memory = memory;
    this.spares = spares;
    this.counters = counters;
    max = maxBuffers;
  }

  /** Number of packet buffers in which received data waits. */
  int held() {
    return memory.receivedPackets();
  }

  /** Whether more than half of the packet buffers are in use, or memory is short. */
  boolean areShort() {
    return held() > max / 2 || memory.isPressed();
  }

  // ---- One packet ----

  /**
   * Whether more packets may wait; counts them if so. Where there is no room, the reassembly that
   * holds the most is given up first if that makes room: always for in-order data, otherwise only
   * for a reassembly that holds less.
   *
   * @param c the connection that they are for
   * @param packets how many; more than one only after {@link #hasRoom}
   * @param inOrder whether they continue the stream
   */
  boolean hold(Tcb c, int packets, boolean inOrder) {
    if (!hasRoom(0, inOrder) && !prune(c, inOrder)) {
      lackedBuffers = held() >= most(inOrder);
      return false;
    }
    memory.received(packets);
    return true;
  }

  /** Whether so many packets that continue a stream may wait, without giving up any other. */
  boolean hasRoom(int packets) {
    return hasRoom(1 - packets, true);
  }

  /** Whether one more may wait if {@code freed} were freed. */
  private boolean hasRoom(int freed, boolean inOrder) {
    return held() - freed < most(inOrder) && memory.mayReceive(freed, inOrder);
  }

  private int most(boolean inOrder) {
    return inOrder ? max : max / 2;
  }

  /**
   * Counts a packet for which there is no room, until its segment has been processed: it is freed,
   * or its data is copied into another's buffer.
   */
  void holdForNow() {
    memory.received(1);
  }

  /** Counts the drop of the segment that {@link #hold} had no room for. */
  void refused() {
    counters.increment(lackedBuffers ? Counter.DROP_TCP_NO_BUFFER : Counter.DROP_TCP_MEMORY);
  }

  /** Frees a packet that was counted. */
  void free(long mbuf) {
    memory.received(-1);
    pool.free(mbuf);
  }

  /**
   * Copies received bytes into a buffer of their own, and counts that buffer.
   *
   * @return the packet, or 0 when there is no buffer
   */
  long copy(long address, int length) {
    int front = Math.max(0, length - pool.dataRoomBytes());
    long mbuf = held() >= max || front > Mbuf.HEADROOM_BYTES ? 0 : pool.alloc();
    if (mbuf == 0) {
      return 0;
    }
    memory.received(1);
    Memory.copy(address + front, Mbuf.append(mbuf, length - front), length - front);
    if (front > 0) { // something was prepended to what had come
      Memory.copy(address, Mbuf.prepend(mbuf, front), front);
    }
    return mbuf;
  }

  // ---- Data ahead of gaps ----

  /** Gives a connection a reassembly. */
  void open(Tcb c) {
    c.reassembly = spares.takeReassembly();
    c.reassembly.owner = c;
  }

  /**
   * Returns how many packet buffers a connection may hold ahead of a gap: twice its receive buffer
   * by their true size, and a few in any case.
   */
  int reassemblyLimit(Tcb c) {
    long bufferBytes = pool.dataRoomBytes() + Mbuf.HEADROOM_BYTES + Mbuf.HEADER_BYTES;
    return (int) Math.max(MIN_REASSEMBLY_BUFFERS, 2L * c.receiveBuffer / bufferBytes);
  }

  /** Notes that a connection's reassembly has changed, and drops it when it is empty. */
  void changed(Tcb c) {
    if (c.reassembly.isEmpty()) {
      drop(c);
    } else {
      pruneOrder.changed(c.reassembly);
    }
  }

  /** Takes the reassembly off the connection, and frees what it holds. */
  void drop(Tcb c) {
    pruneOrder.remove(c.reassembly);
    c.reassembly.owner = null;
    c.reassembly.clear(this);
    spares.dropReassembly(c);
  }

  /**
   * Gives up the largest reassembly, or of several the one that has been that large for longest.
   * Although its peer has been told of the data, it keeps it until it is acknowledged (RFC 2018
   * section 8).
   *
   * @return false when there is none
   */
  boolean pruneLargest() {
    Reassembly largest = pruneOrder.first();
    if (largest == null) {
      return false;
    }
    counters.increment(Counter.TCP_MEMORY_PRUNED);
    drop(largest.owner);
    return true;
  }

  private boolean prune(Tcb c, boolean inOrder) {
    Reassembly largest = pruneOrder.first();
    int own = c.reassembly == null ? -1 : c.reassembly.size;
    return largest != null
        && (inOrder || largest.size > own)
        && hasRoom(largest.buffers(), inOrder)
        && pruneLargest();
  }
}
