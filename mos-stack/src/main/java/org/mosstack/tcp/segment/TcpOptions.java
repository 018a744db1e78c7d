package org.mosstack.tcp.segment;

import org.mosstack.mbuf.Memory;

/**
 * The options of one received segment (RFC 9293 section 3.1, RFC 7323, RFC 2018). One object per
 * core, refilled for each segment.
 *
 * <p>Each step of the parser moves ahead by at least one byte and never past the header, so no
 * sequence of bytes can make it loop or read outside the packet.
 */
public final class TcpOptions {
  static final int KIND_END = 0;

  /** No operation: padding between options. */
  public static final int KIND_NOP = 1;

  /** Maximum segment size (RFC 9293 section 3.7.1). */
  public static final int KIND_MSS = 2;

  /** Window scale (RFC 7323 section 2). */
  public static final int KIND_WINDOW_SCALE = 3;

  /** SACK permitted (RFC 2018 section 2). */
  public static final int KIND_SACK_PERMITTED = 4;

  /** SACK (RFC 2018 section 3). */
  public static final int KIND_SACK = 5;

  static final int KIND_TIMESTAMPS = 8;

  /** TCP Fast Open (RFC 7413 section 4.1.1). */
  public static final int KIND_FAST_OPEN = 34;

  /** Length of the MSS option. */
  public static final int MSS_BYTES = 4;

  /** Length of the window scale option. */
  public static final int WINDOW_SCALE_BYTES = 3;

  /** Length of the SACK permitted option. */
  public static final int SACK_PERMITTED_BYTES = 2;

  static final int TIMESTAMPS_BYTES = 10;

  /** Timestamps alone, padded, as most segments carry them (RFC 7323 appendix A). */
  public static final int PADDED_TIMESTAMPS_BYTES = 12;

  /** The word that those begin with. */
  public static final int PADDED_TIMESTAMPS_WORD =
      KIND_NOP << 24 | KIND_NOP << 16 | KIND_TIMESTAMPS << 8 | TIMESTAMPS_BYTES;

  /** Minimum and maximum length of a Fast Open cookie (RFC 7413 section 4.1.1). */
  static final int MIN_COOKIE_BYTES = 4;

  static final int MAX_COOKIE_BYTES = 16;

  /** Bytes of one block of the SACK option, after the option's kind and length. */
  public static final int SACK_BLOCK_BYTES = 8;

  /** Maximum number of SACK blocks that 40 bytes of options hold (RFC 2018 section 3). */
  public static final int MAX_SACK_BLOCKS = 4;

  /** Largest shift that RFC 7323 section 2.3 allows; a larger one is taken as this. */
  public static final int MAX_WINDOW_SHIFT = 14;

  /** MSS of the peer, or 0 when it sent none. */
  public int mss;

  /** Window shift of the peer, or -1 when it sent none. */
  public int windowShift;

  /** Whether a SYN says that its sender accepts SACK options. */
  public boolean sackPermitted;

  /**
   * Number of SACK blocks, 0 to {@value #MAX_SACK_BLOCKS}, as received, unchecked. Whether they
   * make sense is for the sender of the data to judge, which knows what it has sent (RFC 2018, RFC
   * 2883).
   */
  public int sackBlocks;

  /** Left edges of the blocks: the first sequence number of each. */
  public final int[] sackLeft = new int[MAX_SACK_BLOCKS];

  /** Right edges of the blocks: the sequence number after each. */
  public final int[] sackRight = new int[MAX_SACK_BLOCKS];

  /**
   * Length of the Fast Open cookie in bytes: even, {@value #MIN_COOKIE_BYTES} to {@value
   * #MAX_COOKIE_BYTES}; 0 where one is requested; -1 without the option.
   */
  public int fastOpenBytes;

  /** The cookie's first eight bytes, the first one most significant. */
  public long fastOpenHigh;

  /** The cookie's remaining bytes, likewise. */
  public long fastOpenLow;

  /** Whether there are timestamps. */
  public boolean timestamps;

  /** TSval; valid with {@link #timestamps}. */
  public int tsVal;

  /** TSecr; valid with {@link #timestamps}. */
  public int tsEcr;

  /**
   * Reads the options.
   *
   * @param address first byte after the fixed header
   * @param length bytes of options, 0 to 40
   * @return false when an option's length is invalid; the segment must be dropped
   */
  public boolean parse(long address, int length) {
    mss = 0;
    windowShift = -1;
    sackPermitted = false;
    sackBlocks = 0;
    fastOpenBytes = -1;
    timestamps = false;
    if (length == PADDED_TIMESTAMPS_BYTES && Memory.getIntBe(address) == PADDED_TIMESTAMPS_WORD) {
      takeTimestamps(address + 4);
      return true;
    }
    int at = 0;
    while (at < length) {
      int kind = Memory.getByte(address + at);
      if (kind == KIND_END) {
        return true;
      }
      if (kind == KIND_NOP) {
        at++;
        continue;
      }
      if (length - at < 2) {
        return false;
      }
      int optionBytes = Memory.getByte(address + at + 1);
      if (optionBytes < 2 || optionBytes > length - at) {
        return false;
      }
      take(kind, optionBytes, address + at + 2);
      at += optionBytes;
    }
    return true;
  }

  private void takeTimestamps(long value) {
    timestamps = true;
    long both = Memory.getLongBe(value);
    tsVal = (int) (both >>> 32);
    tsEcr = (int) both;
  }

  private void takeCookie(int length, long value) {
    boolean cookie = length >= MIN_COOKIE_BYTES && length <= MAX_COOKIE_BYTES && length % 2 == 0;
    if (length != 0 && !cookie) {
      return;
    }
    fastOpenBytes = length;
    fastOpenHigh = 0;
    fastOpenLow = 0;
    for (int i = 0; i < length; i++) {
      long octet = (long) Memory.getByte(value + i) << 56 - (i & 7) * 8;
      if (i < Long.BYTES) {
        fastOpenHigh |= octet;
      } else {
        fastOpenLow |= octet;
      }
    }
  }

  /** Options of an unexpected length are skipped like unknown ones. */
  private void take(int kind, int optionBytes, long value) {
    if (kind == KIND_MSS && optionBytes == MSS_BYTES) {
      mss = Memory.getShortBe(value);
    } else if (kind == KIND_WINDOW_SCALE && optionBytes == WINDOW_SCALE_BYTES) {
      windowShift = Math.min(Memory.getByte(value), MAX_WINDOW_SHIFT);
    } else if (kind == KIND_SACK_PERMITTED && optionBytes == SACK_PERMITTED_BYTES) {
      sackPermitted = true;
    } else if (kind == KIND_TIMESTAMPS && optionBytes == TIMESTAMPS_BYTES) {
      takeTimestamps(value);
    } else if (kind == KIND_FAST_OPEN) {
      takeCookie(optionBytes - 2, value);
    } else if (kind == KIND_SACK && (optionBytes - 2) % SACK_BLOCK_BYTES == 0) {
      sackBlocks = (optionBytes - 2) / SACK_BLOCK_BYTES; // 4 at most: there is no room for more
      for (int i = 0; i < sackBlocks; i++) {
        sackLeft[i] = Memory.getIntBe(value + (long) i * SACK_BLOCK_BYTES);
        sackRight[i] = Memory.getIntBe(value + (long) i * SACK_BLOCK_BYTES + 4);
      }
    }
  }
}
