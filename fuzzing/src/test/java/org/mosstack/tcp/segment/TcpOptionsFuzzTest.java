package org.mosstack.tcp.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.util.Arrays;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/** A segment's options, compared with an independent parser. */
class TcpOptionsFuzzTest {
  private static final int MAX_BYTES = 40;

  @FuzzTest
  void options(byte[] input) {
    byte[] bytes = Arrays.copyOf(input, Math.min(input.length, MAX_BYTES));
    String expected = Reference.read(bytes);
    assertEquals(expected, read(bytes, 0x00));
    assertEquals(expected, read(bytes, 0xFF));
  }

  /** Parses options followed by this byte, which must not matter. */
  private static String read(byte[] bytes, int behind) {
    try (OffHeap memory = OffHeap.map(4096)) {
      Memory.copy(bytes, 0, memory.address(), bytes.length);
      for (int i = 0; i < MAX_BYTES; i++) {
        Memory.putByte(memory.address() + bytes.length + i, behind);
      }
      TcpOptions options = new TcpOptions();
      if (!options.parse(memory.address(), bytes.length)) {
        return "bad";
      }
      String times = options.timestamps ? options.tsVal + " " + options.tsEcr : "none";
      return "mss " + options.mss + " shift " + options.windowShift + " times " + times;
    }
  }

  /** RFC 9293 section 3.1 and RFC 7323, over an array. */
  private static final class Reference {
    static String read(byte[] bytes) {
      int mss = 0;
      int shift = -1;
      String times = "none";
      for (int at = 0; at < bytes.length && bytes[at] != 0; ) {
        if (bytes[at] == 1) {
          at++;
          continue;
        }
        int length = at + 1 < bytes.length ? bytes[at + 1] & 0xFF : 0;
        if (length < 2 || at + length > bytes.length) {
          return "bad";
        }
        switch ((bytes[at] & 0xFF) << 8 | length) {
          case 2 << 8 | 4 -> mss = (bytes[at + 2] & 0xFF) << 8 | bytes[at + 3] & 0xFF;
          case 3 << 8 | 3 -> shift = Math.min(bytes[at + 2] & 0xFF, 14);
          case 8 << 8 | 10 -> times = number(bytes, at + 2) + " " + number(bytes, at + 6);
          default -> {}
        }
        at += length;
      }
      return "mss " + mss + " shift " + shift + " times " + times;
    }

    private static int number(byte[] bytes, int at) {
      int value = 0;
      for (int i = 0; i < 4; i++) {
        value = value << 8 | bytes[at + i] & 0xFF;
      }
      return value;
    }
  }
}
