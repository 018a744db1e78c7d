package org.mosstack.sim;

import org.mosstack.header.Ipv4Header;
import org.mosstack.header.TcpHeader;
import org.mosstack.mbuf.Mbuf;
import org.mosstack.mbuf.Memory;

/** What a peer claims in a segment although it isn't true. */
enum FalseClaim {
  /** None. */
  NONE,
  /** It acknowledges data never sent. */
  ACK_OF_UNSENT,
  /** Its SACK blocks cover data that didn't arrive, or no data at all. */
  SACK,
  /** Its window is smaller than advertised before, or zero. */
  SHRUNK_WINDOW,
  /** Its timestamp is old. */
  OLD_TIMESTAMP,
  /** Its timestamp is in the future: what follows looks old. */
  FUTURE_TIMESTAMP,
  /** It echoes a timestamp never sent to it. */
  WRONG_ECHO;

  /** Beyond what any connection of a run sends. */
  private static final int FAR = 1 << 22;

  private static final int SACK_BYTES = 12;

  /** Changes a segment; returns false if it has nothing to falsify. */
  boolean make(FrameView f, long mbuf, Dice dice) {
    if (f.has(TcpHeader.SYN) || f.has(TcpHeader.RST) || !f.has(TcpHeader.ACK)) {
      return false;
    }
    boolean made =
        switch (this) {
          case NONE -> false;
          case ACK_OF_UNSENT -> {
            Memory.putIntBe(f.header + 8, f.ack + FAR + dice.below(1 << 28));
            yield true;
          }
          case SACK -> sack(f, mbuf, dice);
          case SHRUNK_WINDOW -> {
            int shift = dice.below(8);
            Memory.putShortBe(f.header + 14, shift == 0 ? 0 : f.window >>> shift);
            yield true;
          }
          case OLD_TIMESTAMP -> {
            if (f.timestamps != 0) {
              Memory.putIntBe(f.timestamps, f.tsVal - 1_000_000 - dice.below(1 << 29));
            }
            yield f.timestamps != 0;
          }
          case FUTURE_TIMESTAMP -> {
            if (f.timestamps != 0) {
              Memory.putIntBe(f.timestamps, f.tsVal + 1 + dice.below(1 << 29));
            }
            yield f.timestamps != 0;
          }
          case WRONG_ECHO -> {
            if (f.timestamps != 0) {
              Memory.putIntBe(f.timestamps + 4, (int) dice.next());
            }
            yield f.timestamps != 0;
          }
        };
    if (made) {
      f.fixChecksums();
    }
    return made;
  }

  /** Changes existing blocks, or adds one to a segment without data. */
  private static boolean sack(FrameView f, long mbuf, Dice dice) {
    for (int i = 0; i < f.sackBlocks; i++) {
      putBlock(f.sack + 8L * i, f, dice);
    }
    if (f.sackBlocks > 0) {
      return true;
    }
    if (f.payload > 0 || f.headerBytes + SACK_BYTES > TcpHeader.MAX_BYTES) {
      return false;
    }
    long option = Mbuf.append(mbuf, SACK_BYTES);
    Memory.putIntBe(option, 1 << 24 | 1 << 16 | FrameView.KIND_SACK << 8 | 10);
    putBlock(option + 4, f, dice);
    f.headerBytes += SACK_BYTES;
    Memory.putByte(f.header + 12, f.headerBytes << 2);
    Memory.putShortBe(f.ip + 2, Ipv4Header.totalLength(f.ip) + SACK_BYTES);
    return true;
  }

  private static void putBlock(long address, FrameView f, Dice dice) {
    int left = f.ack + (dice.below(4) == 0 ? (int) dice.next() : dice.below(20_000) - 2_000);
    int length = dice.below(4) == 0 ? (int) dice.next() : dice.below(6_000);
    Memory.putIntBe(address, left);
    Memory.putIntBe(address + 4, left + length);
  }
}
