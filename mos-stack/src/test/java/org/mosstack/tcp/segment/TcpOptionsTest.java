package org.mosstack.tcp.segment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.mosstack.mbuf.Memory;
import org.mosstack.os.OffHeap;

/** The option parser against a second one, written over an array with bounds. */
public class TcpOptionsTest {
  private static final int MAX_OPTION_BYTES = 40;
  private static final Duration LIMIT = Duration.ofSeconds(60);

  private final OffHeap memory = OffHeap.map(4096);
  private final TcpOptions options = new TcpOptions();

  @AfterEach
  void free() {
    memory.close();
  }

  /** What the parser should find; null if a length is false. */
  private record Expected(
      int mss,
      int windowShift,
      boolean sackPermitted,
      List<Integer> sack,
      boolean timestamps,
      int tsVal,
      int tsEcr) {
    static Expected of(byte[] bytes) {
      int mss = 0;
      int shift = -1;
      boolean sackPermitted = false;
      List<Integer> sack = List.of();
      boolean timestamps = false;
      int tsVal = 0;
      int tsEcr = 0;
      for (int at = 0; at < bytes.length && bytes[at] != 0; ) {
        if (bytes[at] == 1) {
          at++;
          continue;
        }
        int length = at + 1 < bytes.length ? bytes[at + 1] & 0xFF : 0;
        if (length < 2 || at + length > bytes.length) {
          return null;
        }
        ByteBuffer value = ByteBuffer.wrap(bytes, at + 2, length - 2);
        if (bytes[at] == 2 && length == 4) {
          mss = value.getShort() & 0xFFFF;
        } else if (bytes[at] == 3 && length == 3) {
          shift = Math.min(14, value.get() & 0xFF);
        } else if (bytes[at] == 4 && length == 2) {
          sackPermitted = true;
        } else if (bytes[at] == 5 && length % 8 == 2) {
          sack = new ArrayList<>();
          while (value.hasRemaining()) {
            sack.add(value.getInt());
          }
        } else if (bytes[at] == 8 && length == 10) {
          timestamps = true;
          tsVal = value.getInt();
          tsEcr = value.getInt();
        }
        at += length;
      }
      return new Expected(mss, shift, sackPermitted, sack, timestamps, tsVal, tsEcr);
    }
  }

  /** Parses with a given byte behind the options, in place of what a packet has there. */
  private Expected parse(byte[] bytes, int behind) {
    for (int i = 0; i < 64; i++) {
      Memory.putByte(memory.address() + bytes.length + i, behind);
    }
    Memory.copy(bytes, 0, memory.address(), bytes.length);
    if (!options.parse(memory.address(), bytes.length)) {
      return null;
    }
    List<Integer> sack = new ArrayList<>();
    for (int i = 0; i < options.sackBlocks; i++) {
      sack.add(options.sackLeft[i]);
      sack.add(options.sackRight[i]);
    }
    return new Expected(
        options.mss,
        options.windowShift,
        options.sackPermitted,
        sack,
        options.timestamps,
        options.timestamps ? options.tsVal : 0,
        options.timestamps ? options.tsEcr : 0);
  }

  private void check(byte[] bytes, String what) {
    String text = what + ": " + HexFormat.of().formatHex(bytes);
    Expected expected = Expected.of(bytes);
    // If a byte behind the options were read, the two would differ for some input.
    assertEquals(expected, parse(bytes, 0x02), text);
    assertEquals(expected, parse(bytes, 0xFF), text);
  }

  @Test
  void anyBytes() {
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (int seed = 0; seed < 300_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new byte[random.nextInt(MAX_OPTION_BYTES + 1)];
            random.nextBytes(bytes);
            check(bytes, "seed " + seed);
          }
        });
  }

  /** Kinds and lengths close to real ones reach deeper than noise. */
  @Test
  void plausibleBytes() {
    assertTimeoutPreemptively(
        LIMIT,
        () -> {
          for (int seed = 0; seed < 300_000; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] bytes = new byte[random.nextInt(MAX_OPTION_BYTES + 1)];
            for (int i = 0; i < bytes.length; i++) {
              bytes[i] = (byte) random.nextInt(random.nextInt(8) == 0 ? 256 : 12);
            }
            check(bytes, "seed " + seed);
          }
        });
  }

  @Test
  void everyOptionOfEveryLength() {
    for (int kind = 0; kind < 256; kind++) {
      for (int length = 0; length < 256; length++) {
        for (int room = 1; room <= MAX_OPTION_BYTES; room++) {
          byte[] bytes = new byte[room];
          Arrays.fill(bytes, (byte) 1);
          bytes[0] = (byte) kind;
          if (room > 1) {
            bytes[1] = (byte) length;
          }
          check(bytes, "kind " + kind + " length " + length + " room " + room);
        }
      }
    }
  }

  @Test
  void allThatThisStackSends() {
    byte[] bytes = HexFormat.of().parseHex("020405b4" + "01030307" + "0402080a11223344aabbccdd");
    assertEquals(
        new Expected(1460, 7, true, List.of(), true, 0x1122_3344, 0xAABB_CCDD),
        parse(bytes, 0),
        "options of a SYN");
    bytes = HexFormat.of().parseHex("0101050a" + "80000000" + "80000001");
    assertEquals(
        new Expected(0, -1, false, List.of(0x8000_0000, 0x8000_0001), false, 0, 0),
        parse(bytes, 0),
        "options of an ACK");
  }

  @Test
  void aLaterSegmentForgetsTheEarlierOne() {
    byte[] bytes = HexFormat.of().parseHex("020405b4" + "0402" + "050a0000000100000002" + "0101");
    parse(bytes, 0);
    bytes = HexFormat.of().parseHex("01030307" + "0101080a11223344aabbccdd");
    parse(bytes, 0);
    assertEquals(0, options.sackBlocks);
    assertFalse(options.sackPermitted);
    assertTrue(options.parse(memory.address(), 0));
    assertEquals(0, options.mss);
    assertEquals(-1, options.windowShift);
    assertFalse(options.timestamps);
  }
}
