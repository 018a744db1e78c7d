package org.mosstack.os;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class PcapCompilerTest {
  private static long instruction(int code, int jt, int jf, int k) {
    return (long) code << 48 | (long) jt << 40 | (long) jf << 32 | k;
  }

  private static void needLibpcap() {
    Assumptions.assumeTrue(PcapInstallation.isThere(), PcapInstallation.MISSING);
  }

  /** As {@code tcpdump -d arp} prints it. */
  @Test
  void instructionsAreLibpcaps() {
    needLibpcap();
    assertArrayEquals(
        new long[] {
          instruction(0x28, 0, 0, 12), // ldh [12]
          instruction(0x15, 0, 1, 0x806), // jeq #0x806
          instruction(0x06, 0, 0, 1000), // ret #1000
          instruction(0x06, 0, 0, 0), // ret #0
        },
        PcapCompiler.compile("arp", 1000));
  }

  @Test
  void everyFrameMatchesNoFilter() {
    needLibpcap();
    assertArrayEquals(new long[] {instruction(0x06, 0, 0, 65535)}, PcapCompiler.compile("", 65535));
  }

  @Test
  void whatIsWrongIsLibpcapsOwnText() {
    needLibpcap();
    for (String wrong : List.of("tcp port", "host 10.0.0.300", "no such thing", "ip[0:3] = 1")) {
      IllegalArgumentException refused =
          assertThrows(
              IllegalArgumentException.class, () -> PcapCompiler.compile(wrong, 100), wrong);
      assertTrue(!refused.getMessage().isBlank(), wrong);
      assertEquals(1, refused.getMessage().lines().count(), refused.getMessage());
    }
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> PcapCompiler.compile("tcp\0port", 1));
    assertEquals("a character 0", refused.getMessage());
  }

  @Test
  void whereItIsMissingThePackageIsNamed() {
    IllegalStateException missing =
        assertThrows(
            IllegalStateException.class, () -> PcapCompiler.open(List.of("libnosuch.so.7")));
    assertEquals(
        "libpcap isn't installed, which compiles packet filters: apt-get install libpcap0.8",
        missing.getMessage());
  }
}
