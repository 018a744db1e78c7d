package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** What {@link Repetitions} and {@link TailProbe} say of captures. */
class RecoveryJudgesTest {
  private static final String SENDER = "10.0.0.1";
  private static final String PEER = "10.0.0.2";

  @Test
  void segmentSentAgainForGapIsNeeded() {
    Repetitions found =
        Repetitions.by(
            SENDER, List.of(data(0, 1), data(0, 101), ack(0.01, 101, 201), data(0.02, 1)));
    assertEquals(1, found.count());
    assertEquals(List.of(), found.needless());
  }

  @Test
  void segmentThatPeerSaidItHasIsNeedless() {
    Segment again = data(0.02, 101);
    Repetitions found =
        Repetitions.by(SENDER, List.of(data(0, 1), data(0, 101), ack(0.01, 101, 201), again));
    assertEquals(List.of(again), found.needless());
  }

  @Test
  void whatPeerHasJustSaidIsNotHeardYet() {
    Repetitions found =
        Repetitions.by(
            SENDER, List.of(data(0, 1), data(0, 101), ack(0.01, 101, 201), data(0.014, 101)));
    assertEquals(1, found.count());
    assertEquals(List.of(), found.needless());
  }

  @Test
  void probeThatIsAnsweredAndFilled() {
    assertTrue(tail(0.02).succeeded());
  }

  @Test
  void timeoutIsNoProbe() {
    assertFalse(tail(0.2).succeeded());
  }

  @Test
  void segmentBeforeTheLastIsNoProbe() {
    List<Segment> segments = List.of(data(0, 1), data(0, 101), data(0.02, 1));
    assertFalse(TailProbe.by(SENDER, segments).succeeded());
  }

  /** Two segments are lost; the last one is sent again after some time. */
  private static TailProbe tail(double after) {
    return TailProbe.by(
        SENDER,
        List.of(
            data(0, 1),
            data(0, 101),
            data(after, 101),
            ack(after + 0.001, 101, 201),
            data(after + 0.002, 1)));
  }

  private static Segment data(double seconds, long sequence) {
    return new Segment(seconds, 0, SENDER, sequence, 100, List.of());
  }

  private static Segment ack(double seconds, long left, long right) {
    return new Segment(seconds, 0, PEER, 1, 0, List.of(new Segment.Block(left, right)));
  }
}
