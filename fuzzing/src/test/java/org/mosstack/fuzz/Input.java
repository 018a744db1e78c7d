package org.mosstack.fuzz;

import java.util.Arrays;

/** A fuzzer's bytes, consumed from the front; zeros once they are used up. */
public final class Input {
  private final byte[] bytes;
  private int at;

  /** Starts at the first byte. */
  public Input(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Whether all bytes are used up. */
  public boolean isEmpty() {
    return at >= bytes.length;
  }

  /** Returns the next byte, 0 to 255. */
  public int u8() {
    return isEmpty() ? 0 : bytes[at++] & 0xFF;
  }

  /** Returns the next two bytes. */
  public int u16() {
    return u8() << 8 | u8();
  }

  /** Returns the next four bytes. */
  public int i32() {
    return u16() << 16 | u16();
  }

  /** Chooses a value by the next byte. */
  public int oneOf(int... values) {
    return values[u8() % values.length];
  }

  /** Returns the next byte's lowest bit. */
  public boolean bool() {
    return (u8() & 1) != 0;
  }

  /** Returns this many bytes, or as many as are left. */
  public byte[] take(int length) {
    int from = Math.min(at, bytes.length);
    at = Math.min(bytes.length, from + length);
    return Arrays.copyOfRange(bytes, from, at);
  }
}
