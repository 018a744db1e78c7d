package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

class OddPacketsTest {
  private static final String DATA = "%d\t%s\t0\t10.0.0.1\t1\t1\t0\t0\t1000\t1\t";
  private static final String FLAGGED = "  %d %s 10.0.0.1 -> 10.0.0.2 TCP";

  @Test
  void whatIsNotFlaggedIsNotOdd() {
    assertEquals(List.of(), OddPackets.find(List.of(), List.of(data(1, "0"), data(2, "0.3"))));
  }

  @Test
  void segmentSentAgainAtOnceIsOdd() {
    List<String> flagged = List.of(flagged(2, "0.1"));
    assertEquals(flagged, OddPackets.find(flagged, List.of(data(1, "0"), data(2, "0.1"))));
  }

  @Test
  void probeAfterRestAndItsAnswerAreNotOdd() {
    String answer = "3\t0.21\t0\t10.0.0.2\t1\t1\t0\t0\t0\t1001\t1";
    List<String> flagged = List.of(flagged(2, "0.2"), flagged(3, "0.21"));
    List<String> all = List.of(data(1, "0"), data(2, "0.2"), answer);
    assertEquals(List.of(), OddPackets.find(flagged, all));
  }

  @Test
  void duplicateAckWithoutProbeIsOdd() {
    String answer = "2\t0.21\t0\t10.0.0.2\t1\t1\t0\t0\t0\t1001\t1";
    List<String> flagged = List.of(flagged(2, "0.21"));
    assertEquals(flagged, OddPackets.find(flagged, List.of(data(1, "0"), answer)));
  }

  @Test
  void wrongChecksumIsOddAlsoInProbe() {
    String wrong = data(2, "0.2").replace("\t1\t1\t0\t0", "\t0\t1\t0\t0");
    List<String> flagged = List.of(flagged(2, "0.2"));
    assertEquals(flagged, OddPackets.find(flagged, List.of(data(1, "0"), wrong)));
  }

  private static String data(int number, String seconds) {
    return DATA.formatted(number, seconds);
  }

  private static String flagged(int number, String seconds) {
    return FLAGGED.formatted(number, seconds);
  }
}
