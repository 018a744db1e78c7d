package org.mosstack.tcp.scoreboard;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.mosstack.tcp.segment.Seq;

public class ScoreboardTest {
  private static final int MSS = 100;

  private final Scoreboard scoreboard =
      new Scoreboard(new StepCount(), 64); // renumbering is frequent
  private final Delivery delivery = new Delivery();

  private void send(int segments, int from) {
    scoreboard.begin(0);
    for (int i = 0; i < segments; i++) {
      scoreboard.add(from + i * MSS, from + (i + 1) * MSS, false, 1000 + i);
    }
  }

  private void acknowledge(int ack) {
    delivery.begin(5000, 0, Integer.MAX_VALUE);
    scoreboard.acknowledge(ack, delivery);
  }

  @Test
  void whatIsSentIsUnderWayUntilItIsAcknowledged() {
    send(5, 0);
    assertEquals(500, scoreboard.underWayBytes());
    acknowledge(200);
    assertEquals(300, scoreboard.underWayBytes());
    assertEquals(200, delivery.bytes());
    assertEquals(2, delivery.segments());
    assertEquals(5000 - 1001, delivery.rttNanos());
    assertEquals(5000 - 1000, delivery.longestRttNanos());
    acknowledge(500);
    assertTrue(scoreboard.isEmpty());
  }

  @Test
  void aPartOfASegmentIsCutOff() {
    send(2, 0);
    acknowledge(30);
    assertEquals(30, scoreboard.start(scoreboard.first()));
    assertEquals(170, scoreboard.underWayBytes());
    assertEquals(30, delivery.bytes());
  }

  @Test
  void aBlockCoversWholeSegmentsOnly() { // RFC 2018 section 5
    send(4, 0);
    delivery.begin(5000, 0, Integer.MAX_VALUE);
    scoreboard.sack(50, 350, delivery);
    assertFalse(scoreboard.isSacked(0));
    assertTrue(scoreboard.isSacked(1));
    assertTrue(scoreboard.isSacked(2));
    assertFalse(scoreboard.isSacked(3));
    assertEquals(200, scoreboard.sackedBytes());
    assertEquals(2, scoreboard.sackedSegments());
    scoreboard.sack(100, 300, delivery); // again: nothing new
    assertEquals(200, delivery.bytes());
  }

  @Test
  void theFirstLostSegmentIsFoundWhateverOrderTheyWereLostIn() {
    send(12, 0);
    scoreboard.lose(6);
    acknowledge(500);
    scoreboard.lose(9);
    assertEquals(6, scoreboard.firstLost());
    scoreboard.lose(5);
    assertEquals(5, scoreboard.firstLost());
    scoreboard.resent(5, 2000);
    assertEquals(6, scoreboard.firstLost());
    scoreboard.resent(6, 2001);
    assertEquals(9, scoreboard.firstLost());
    scoreboard.resent(9, 2002);
    assertEquals(Scoreboard.NONE, scoreboard.firstLost());
    assertEquals(3, scoreboard.resentUnderWay());
  }

  @Test
  void whatWasFoundAgainStandsInTheOrderOfItsSending() {
    send(4, 0);
    scoreboard.lose(1);
    scoreboard.lose(0);
    scoreboard.resent(3, 3000);
    scoreboard.findAll();
    assertEquals(List.of(0, 1, 2, 3), sendingOrder());
    assertEquals(400, scoreboard.underWayBytes());
  }

  private List<Integer> sendingOrder() {
    List<Integer> order = new ArrayList<>();
    for (int n = scoreboard.earliestUnderWay(); n != Scoreboard.NONE; n = scoreboard.sentAfter(n)) {
      order.add(n);
    }
    return order;
  }

  /** One segment as a reader of the RFCs would model it. */
  private static final class Model {
    int start;
    final int end;
    char state = 'u';
    boolean again;

    /** Acknowledged selectively since it was last sent. */
    boolean told;

    long sent;

    Model(int start, int end, long sent) {
      this.start = start;
      this.end = end;
      this.sent = sent;
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, Integer.MAX_VALUE - 30_000, -20_000})
  void agreesWithASimpleModel(int iss) {
    for (int seed = 0; seed < 200; seed++) {
      compareWithModel(iss, seed);
    }
  }

  private void compareWithModel(int iss, int seed) {
    Random random = new Random(seed);
    List<Model> model = new ArrayList<>();
    scoreboard.begin(0);
    int next = iss;
    long now = 1;
    for (int step = 0; step < 400; step++) {
      now++;
      int choice = random.nextInt(100);
      if (choice < 45) {
        int length = 1 + random.nextInt(MSS);
        scoreboard.add(next, next + length, false, now);
        model.add(new Model(next, next + length, now));
        next += length;
      } else if (!model.isEmpty()) {
        apply(choice, random, model, now);
      }
      check(model, "seed " + seed + ", step " + step);
    }
  }

  private void apply(int choice, Random random, List<Model> model, long now) {
    int index = random.nextInt(model.size());
    Model one = model.get(index);
    int number = scoreboard.first() + index;
    delivery.begin(now, one.start, one.start);
    if (choice < 60) {
      int to = model.get(Math.min(model.size() - 1, index + random.nextInt(4))).end;
      scoreboard.sack(one.start, to, delivery);
      List<Model> covered =
          model.stream().filter(m -> Seq.geq(m.start, one.start) && Seq.leq(m.end, to)).toList();
      assertEquals(untold(covered, to), delivery.bytes());
      for (Model m : covered) {
        m.state = 's';
        m.told = true;
      }
    } else if (choice < 75 && one.state == 'u') {
      scoreboard.lose(number);
      one.state = 'l';
    } else if (choice < 85 && one.state != 's') {
      scoreboard.resent(number, now);
      one.state = 'u';
      one.again = true;
      one.told = false;
      one.sent = now;
    } else if (choice < 95) {
      int ack = one.end - random.nextInt(2);
      scoreboard.acknowledge(ack, delivery);
      assertEquals(untold(model, ack), delivery.bytes());
      model.removeIf(m -> Seq.leq(m.end, ack));
      model.stream().filter(m -> Seq.lt(m.start, ack)).forEach(m -> m.start = ack);
    } else if (choice < 97) {
      scoreboard.loseAll();
      model.stream().filter(m -> m.state == 'u').forEach(m -> m.state = 'l');
    } else if (choice < 98) {
      scoreboard.forgetSacked();
      model.stream().filter(m -> m.state == 's').forEach(m -> m.state = 'l');
    } else {
      scoreboard.findAll();
      model.stream().filter(m -> m.state == 'l').forEach(m -> m.state = m.told ? 's' : 'u');
    }
  }

  /** Bytes below a sequence number that weren't known to have arrived. */
  private static int untold(List<Model> segments, int to) {
    return segments.stream()
        .filter(m -> !m.told && Seq.lt(m.start, to))
        .mapToInt(m -> Seq.min(m.end, to) - m.start)
        .sum();
  }

  private void check(List<Model> model, String where) {
    assertEquals(model.size(), scoreboard.segments(), where);
    assertEquals(bytes(model, 'u'), scoreboard.underWayBytes(), where);
    assertEquals(bytes(model, 's'), scoreboard.sackedBytes(), where);
    assertEquals(bytes(model, 'l'), scoreboard.lostBytes(), where);
    assertEquals(
        model.stream().filter(m -> m.state == 's').count(), scoreboard.sackedSegments(), where);
    assertEquals(
        model.stream().filter(m -> m.state == 'u' && m.again).count(),
        scoreboard.resentUnderWay(),
        where);
    List<Integer> order =
        model.stream()
            .filter(m -> m.state == 'u')
            .sorted(Comparator.comparingLong(m -> m.sent))
            .map(m -> scoreboard.first() + model.indexOf(m))
            .toList();
    assertEquals(order, sendingOrder(), where);
    int lost = Scoreboard.NONE;
    for (int i = model.size() - 1; i >= 0; i--) {
      lost = model.get(i).state == 'l' ? scoreboard.first() + i : lost;
    }
    assertEquals(lost, scoreboard.firstLost(), where);
  }

  private static int bytes(List<Model> model, char state) {
    return model.stream().filter(m -> m.state == state).mapToInt(m -> m.end - m.start).sum();
  }
}
