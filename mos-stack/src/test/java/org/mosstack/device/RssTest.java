package org.mosstack.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RssTest {
  /** The key from Microsoft's "Verifying the RSS Hash Calculation". */
  private static final byte[] KEY =
      FlowFrames.hex(
          """
          6d5a56da255b0ec24167253d43a38fb0
          d0ca2bcbae7b30b477cb2da38030f20c
          6a42b73bbeac01fa
          """);

  private static int ip(String text) {
    int address = 0;
    for (String octet : text.split("\\.")) {
      address = address << 8 | Integer.parseInt(octet);
    }
    return address;
  }

  @ParameterizedTest
  @CsvSource({
    // destination, port, source, port, hash of the addresses, hash with ports
    "161.142.100.80,  1766, 66.9.149.187,   2794,  323e8fc2, 51ccc178",
    "65.69.140.83,    4739, 199.92.111.2,   14230, d718262a, c626b0ea",
    "12.22.207.184,   38024, 24.19.198.95,  12898, d2d0a5de, 5c2b394a",
    "209.142.163.6,   2217, 38.27.205.30,   48228, 82989176, afc7327f",
    "202.188.127.2,   1303, 153.39.163.191, 44251, 5d1809c5, 10e828a2",
  })
  void agreesWithMicrosoftsVerificationSuite(
      String destination,
      int destinationPort,
      String source,
      int sourcePort,
      String addresses,
      String withPorts) {
    Rss rss = new Rss(KEY, 4);
    int hash = rss.hash(ip(source), ip(destination), sourcePort, destinationPort);
    assertEquals(withPorts, String.format("%08x", hash));
    assertEquals(addresses, String.format("%08x", rss.hash(ip(source), ip(destination))));
    assertEquals(
        rss.queue(hash), rss.queue(ip(source), ip(destination), sourcePort, destinationPort));
  }

  /** The definition, bit by bit: for each input bit set, XOR the 32 key bits from there on. */
  private static int toeplitz(byte[] key, byte[] input) {
    int hash = 0;
    for (int bit = 0; bit < input.length * 8; bit++) {
      if ((input[bit / 8] >> 7 - bit % 8 & 1) != 0) {
        for (int i = 0; i < 32; i++) {
          int keyBit = key[(bit + i) / 8] >> 7 - (bit + i) % 8 & 1;
          hash ^= keyBit << 31 - i;
        }
      }
    }
    return hash;
  }

  @Test
  void agreesWithTheDefinitionForAnyKeyAndFlow() {
    for (long seed = 0; seed < 200; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] key = new byte[Rss.KEY_BYTES];
      random.nextBytes(key);
      byte[] tuple = new byte[12];
      random.nextBytes(tuple);
      java.nio.ByteBuffer fields = java.nio.ByteBuffer.wrap(tuple);
      int source = fields.getInt();
      int destination = fields.getInt();
      int sourcePort = Short.toUnsignedInt(fields.getShort());
      int destinationPort = Short.toUnsignedInt(fields.getShort());
      Rss rss = new Rss(key, 1);
      String message = "seed " + seed;
      assertEquals(
          toeplitz(key, tuple),
          rss.hash(source, destination, sourcePort, destinationPort),
          message);
      assertEquals(toeplitz(key, Arrays.copyOf(tuple, 8)), rss.hash(source, destination), message);
    }
  }

  @Test
  void eitherPortAloneReachesEveryQueue() {
    for (long seed = 0; seed < 1000; seed++) {
      int queues = 128 >> seed % 8;
      Rss rss = Rss.random(new SplittableRandom(seed), queues);
      boolean[] bySource = new boolean[queues];
      boolean[] byDestination = new boolean[queues];
      for (int port = 0; port < 65536; port++) {
        bySource[rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, port, 80)] = true;
        byDestination[rss.queue(FlowFrames.SERVER, FlowFrames.CLIENT, 80, port)] = true;
      }
      boolean[] all = new boolean[queues];
      Arrays.fill(all, true);
      assertArrayEquals(all, bySource, "seed " + seed);
      assertArrayEquals(all, byDestination, "seed " + seed);
    }
  }

  @Test
  void anyNumberOfQueuesIsUsed() {
    for (int queues : new int[] {1, 2, 3, 16, 65, 128, 129, 200, 1000}) {
      Rss rss = Rss.random(new SplittableRandom(queues), queues);
      boolean[] used = new boolean[queues];
      for (int port = 0; port < 65536; port++) {
        used[rss.queue(FlowFrames.CLIENT, FlowFrames.SERVER, port, 80)] = true;
      }
      for (int queue = 0; queue < queues; queue++) {
        assertTrue(used[queue], queue + " of " + queues + " got no flow");
      }
    }
  }

  @Test
  void usesAGivenTable() {
    int[] reta = {7, 3, 7, 7};
    Rss rss = new Rss(KEY, reta);
    assertEquals(3, rss.queue(0xFFFF_FFF1));
    assertEquals(7, rss.queue(0x8000_0000));
    assertArrayEquals(reta, rss.reta());
  }

  /** A key of 52 bytes, as some NICs take, spreads IPv4 by its first 16. */
  @Test
  void takesLongKeys() {
    byte[] key = Arrays.copyOf(KEY, 52);
    new SplittableRandom(3).nextBytes(key);
    Rss rss = new Rss(key, 8);
    assertArrayEquals(key, rss.key());
    Rss first = new Rss(Arrays.copyOf(key, 40), 8);
    assertEquals(first.hash(1, 2, 3, 4), rss.hash(1, 2, 3, 4));
  }

  @Test
  void randomKeysFitThePortsKeyAndTable() {
    for (int entries = 64; entries <= 1024; entries *= 2) {
      int[] reta = new int[entries];
      for (int i = 0; i < entries; i++) {
        reta[i] = i / 8;
      }
      String message = entries + " entries";
      Rss rss = Rss.random(new SplittableRandom(entries), 52, reta);
      assertEquals(52, rss.key().length, message);
      assertArrayEquals(reta, rss.reta(), message);
      boolean[] used = new boolean[entries / 8];
      for (int port = 0; port < 65536; port++) {
        used[rss.queue(FlowFrames.SERVER, FlowFrames.CLIENT, 80, port)] = true;
      }
      for (boolean each : used) {
        assertTrue(each, message);
      }
    }
    SplittableRandom random = new SplittableRandom(1);
    assertThrows(IllegalArgumentException.class, () -> Rss.random(random, 39, new int[64]));
    assertThrows(IllegalArgumentException.class, () -> Rss.random(random, 40, new int[192]));
  }

  /** No queue has over an eighth more entries than another. */
  @Test
  void anyNumberOfQueuesIsUsedEvenly() {
    for (int queues = 17; queues <= 130; queues++) {
      int[] entries = new int[queues];
      for (int queue : Rss.random(new SplittableRandom(queues), queues).reta()) {
        entries[queue]++;
      }
      int least = Arrays.stream(entries).min().orElseThrow();
      assertTrue(least >= 8, queues + " queues, one with " + least + " entries");
      assertTrue(Arrays.stream(entries).max().orElseThrow() - least <= 1, queues + " queues");
    }
  }

  @Test
  void keepsItsKeyAndTableToItself() {
    byte[] key = KEY.clone();
    int[] reta = {0, 1};
    Rss rss = new Rss(key, reta);
    int before = rss.hash(1, 2, 3, 4);
    key[0] ^= 1;
    reta[0] = 1;
    rss.key()[1] ^= 1;
    rss.reta()[1] = 0;
    assertArrayEquals(KEY, rss.key());
    assertArrayEquals(new int[] {0, 1}, rss.reta());
    assertEquals(before, rss.hash(1, 2, 3, 4));
  }

  @Test
  void randomKeysDiffer() {
    SplittableRandom random = new SplittableRandom(1);
    assertFalse(Arrays.equals(Rss.random(random, 2).key(), Rss.random(random, 2).key()));
  }

  @Test
  void refusesShortKeysAndOddTables() {
    String shortKey =
        assertThrows(IllegalArgumentException.class, () -> new Rss(new byte[39], 1)).getMessage();
    assertEquals("hash key of 39 bytes, at least 40", shortKey);
    String oddTable =
        assertThrows(IllegalArgumentException.class, () -> new Rss(KEY, new int[96])).getMessage();
    assertEquals("redirection table of 96 entries, a power of two", oddTable);
    assertThrows(IllegalArgumentException.class, () -> new Rss(KEY, new int[0]));
    assertThrows(IllegalArgumentException.class, () -> new Rss(KEY, 0));
    assertThrows(IllegalArgumentException.class, () -> new Rss(KEY, -1));
  }
}
