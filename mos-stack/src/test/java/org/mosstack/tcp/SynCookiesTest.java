package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.mosstack.tcp.segment.Segment;
import org.mosstack.tcp.segment.Seq;
import org.mosstack.tcp.segment.TcpOptions;

/** What a cookie holds, for how long, and how hard it is to guess: RFC 4987 section 3.6. */
class SynCookiesTest {
  private static final long NOW = 1_000_000_000_000_000L;
  private static final int IRS = 0xFFFF_FFF0;

  private final SynCookies cookies = new SynCookies(new SplittableRandom(1));
  private final Segment seg = segment(0x0A00_0002, 40_000);

  private static Segment segment(int source, int port) {
    Segment seg = new Segment();
    seg.source = source;
    seg.sourcePort = port;
    seg.destination = 0x0A00_0001;
    seg.destinationPort = 80;
    return seg;
  }

  @ParameterizedTest(name = "{0} is remembered as {1}")
  @CsvSource({
    "64, 64",
    "535, 64",
    "536, 536",
    "1459, 1440",
    "1460, 1460",
    "8959, 1460",
    "65535, 8960"
  })
  void holdsTheMss(int offered, int kept) {
    int cookie = cookies.cookie(seg, IRS, offered, NOW);
    assertEquals(kept, cookies.mss(seg, IRS, cookie, NOW));
  }

  @Test
  void isGoodForOneToTwoPeriods() {
    for (int i = 0; i < 50; i++) {
      long made = NOW + i * SynCookies.PERIOD_NANOS / 7;
      int cookie = cookies.cookie(seg, IRS, 1460, made);
      assertEquals(1460, cookies.mss(seg, IRS, cookie, made + SynCookies.PERIOD_NANOS));
      assertEquals(0, cookies.mss(seg, IRS, cookie, made + 2 * SynCookies.PERIOD_NANOS));
      assertEquals(0, cookies.mss(seg, IRS, cookie, made - SynCookies.PERIOD_NANOS));
    }
  }

  @Test
  void isGoodForNobodyElse() {
    int cookie = cookies.cookie(seg, IRS, 1460, NOW);
    assertEquals(0, cookies.mss(segment(0x0A00_0003, 40_000), IRS, cookie, NOW));
    assertEquals(0, cookies.mss(segment(0x0A00_0002, 40_001), IRS, cookie, NOW));
    SynCookies others = new SynCookies(new SplittableRandom(2));
    assertEquals(0, others.mss(seg, IRS, cookie, NOW));
    // A SYN with another sequence number has another cookie; else whoever saw one could shift it.
    assertEquals(0, cookies.mss(seg, IRS + 100, cookie, NOW));
    assertEquals(0, cookies.mss(seg, IRS - 1, cookie, NOW), "a probe of the byte before the first");
  }

  @Test
  void growsWithTheTimeAndWithThePeersNumber() { // RFC 6528 section 3 in spirit
    int cookie = cookies.cookie(seg, IRS, 1460, NOW);
    int later = cookies.cookie(seg, IRS, 1460, NOW + 2 * SynCookies.PERIOD_NANOS);
    assertTrue(Seq.gt(later, cookie));
    assertTrue(Seq.gt(cookies.cookie(seg, IRS + (1 << 26), 1460, NOW), cookie));
    assertNotEquals(cookie, cookies.cookie(segment(0x0A00_0002, 40_001), IRS, 1460, NOW));
  }

  @Test
  void guessesAreRarelyGood() { // 16 of 2^32: 0.07 of 20 million
    SplittableRandom random = new SplittableRandom(3);
    int good = 0;
    for (int i = 0; i < 20_000_000; i++) {
      good += cookies.mss(seg, IRS, random.nextInt(), NOW) != 0 ? 1 : 0;
    }
    assertTrue(good <= 2, "good guesses, seed 3: " + good);
  }

  @ParameterizedTest
  @CsvSource({
    "-1, false, false",
    "0, true, false",
    "7, false, true",
    "14, true, true",
  })
  void stampSaysWhatTheSynOffered(int shift, boolean sack, boolean ecn) {
    TcpOptions syn = new TcpOptions();
    syn.windowShift = shift;
    syn.sackPermitted = sack;
    SplittableRandom random = new SplittableRandom(4);
    for (int i = 0; i < 1000; i++) {
      int clock = random.nextInt();
      int stamp = SynCookies.stamp(clock, syn, ecn);
      int behind = clock - stamp;
      assertTrue(behind >= 0 && behind < 64, () -> "stamp " + stamp + " at " + clock);
      TcpOptions back = new TcpOptions();
      SynCookies.read(stamp, back);
      assertEquals(shift, back.windowShift);
      assertEquals(sack, back.sackPermitted);
      assertEquals(ecn, SynCookies.ecn(stamp));
    }
  }
}
