package org.mosstack.tcp;

import java.util.Arrays;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.tcp.scoreboard.StepCount;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/**
 * The blocks of a {@link Reassembly}: where each begins and ends and which packets it has, in four
 * arrays sorted by sequence number; and which of them changed last, for SACK options to report.
 */
abstract sealed class ReassemblyBlocks permits Reassembly {
  private static final int INITIAL_BLOCKS = 8;

  /** Moving this many blocks counts as one step: an array copy moves many elements at a time. */
  private static final int BLOCKS_PER_STEP = 64;

  /** Capacity up to which an empty object keeps its arrays. */
  private static final int KEPT_BLOCKS = 64;

  int[] lefts = new int[INITIAL_BLOCKS];
  int[] rights = new int[INITIAL_BLOCKS];

  /** The first packet; for a guest, the inverted address of its first byte, which is below 0. */
  long[] heads = new long[INITIAL_BLOCKS];

  /** The last packet; for a guest, the packet that it is in. */
  long[] tails = new long[INITIAL_BLOCKS];

  int blocks;

  /** A sequence number in each of the blocks that changed last, newest first. */
  private final int[] recent = new int[TcpOptions.MAX_SACK_BLOCKS];

  private int recentCount;

  final StepCount steps;

  ReassemblyBlocks(StepCount steps) {
    this.steps = steps;
  }

  final boolean isEmpty() {
    return blocks == 0;
  }

  final int blocks() {
    return blocks;
  }

  /** Index of the first block whose right edge is at {@code seq} or beyond. */
  final int firstEndingAtOrAfter(int seq) {
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

  /** Returns the block that holds this byte, or -1. */
  private int blockOf(int seq) {
    int index = firstEndingAtOrAfter(seq + 1);
    return index < blocks && Seq.leq(lefts[index], seq) ? index : -1;
  }

  final boolean isGuest(int index) {
    return heads[index] < 0;
  }

  /** Address of a guest's first byte. */
  final long place(int index) {
    return ~heads[index];
  }

  /** Address behind a block's last byte. */
  final long endAddress(int index) {
    long tail = tails[index];
    return isGuest(index)
        ? place(index) + (rights[index] - lefts[index])
        : Mbuf.data(tail) + Mbuf.dataLength(tail);
  }

  /** Makes room for a block at an index. */
  final void insertBlock(int index) {
    if (blocks == lefts.length) {
      resize(blocks * 2);
    }
    move(index, index + 1);
  }

  private void resize(int length) {
    lefts = Arrays.copyOf(lefts, length);
    rights = Arrays.copyOf(rights, length);
    heads = Arrays.copyOf(heads, length);
    tails = Arrays.copyOf(tails, length);
  }

  /** Moves the blocks from index {@code from} on to {@code to}, and adjusts their number. */
  final void move(int from, int to) {
    int length = blocks - from;
    System.arraycopy(lefts, from, lefts, to, length);
    System.arraycopy(rights, from, rights, to, length);
    System.arraycopy(heads, from, heads, to, length);
    System.arraycopy(tails, from, tails, to, length);
    blocks += to - from;
    steps.add(length / BLOCKS_PER_STEP);
  }

  /** Forgets what was reported, and releases large arrays. */
  final void forgetBlocks() {
    recentCount = 0;
    if (lefts.length > KEPT_BLOCKS) {
      resize(INITIAL_BLOCKS);
    }
  }

  // ---- What SACK reports ----

  /** Makes the block of this byte the first to be reported (RFC 2018 section 4). */
  final void remember(int seq) {
    int block = blockOf(seq);
    int count = 0;
    for (int i = 0; i < recentCount; i++) {
      if (blockOf(recent[i]) != block) { // not what the newest was joined with
        recent[count++] = recent[i];
      }
    }
    count = Math.min(count, recent.length - 1);
    System.arraycopy(recent, 0, recent, 1, count);
    recent[0] = seq;
    recentCount = count + 1;
  }

  /**
   * Fills in the blocks to report: that of the newest arrival, those that changed before it, and,
   * where that leaves room, the lowest of the others.
   *
   * @param edges receives left and right edges alternately
   * @param from index in {@code edges} of the first
   * @param max maximum number of blocks
   * @return how many
   */
  final int report(int[] edges, int from, int max) {
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
}
