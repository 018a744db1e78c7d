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

  private final Scoreboard flight = new Scoreboard(new StepCount(), 64); // renumbering is frequent
  private final Delivery delivery = new Delivery();

  private void send(int segments, int from) {
    flight.begin(0);
    for (int i = 0; i < segments; i++) {
      flight.add(from + i * MSS, from + (i + 1) * MSS, false, 1000 + i);
    }
  }

  private void acknowledge(int ack) {
    delivery.begin(5000, 0, Integer.MAX_VALUE);
    flight.acknowledge(ack, delivery);
  }

  @Test
  void whatIsSentIsUnderWayUntilItIsAcknowledged() {
    send(5, 0);
    assertEquals(500, flight.underWayBytes());
    acknowledge(200);
    assertEquals(300, flight.underWayBytes());
    assertEquals(200, delivery.bytes());
    assertEquals(2, delivery.segments());
    assertEquals(5000 - 1001, delivery.rttNanos());
    assertEquals(5000 - 1000, delivery.longestRttNanos());
    acknowledge(500);
    assertTrue(flight.isEmpty());
  }

  @Test
  void aPartOfASegmentIsCutOff() {
    send(2, 0);
    acknowledge(30);
    assertEquals(30, flight.start(flight.first()));
    assertEquals(170, flight.underWayBytes());
    assertEquals(30, delivery.bytes());
  }

  @Test
  void aBlockCoversWholeSegmentsOnly() { // RFC 2018 section 5
    send(4, 0);
    delivery.begin(5000, 0, Integer.MAX_VALUE);
    flight.sack(50, 350, delivery);
    assertFalse(flight.isSacked(0));
    assertTrue(flight.isSacked(1));
    assertTrue(flight.isSacked(2));
    assertFalse(flight.isSacked(3));
    assertEquals(200, flight.sackedBytes());
    assertEquals(2, flight.sackedSegments());
    flight.sack(100, 300, delivery); // again: nothing new
    assertEquals(200, delivery.bytes());
  }

  @Test
  void theFirstLostSegmentIsFoundWhateverOrderTheyWereLostIn() {
    send(12, 0);
    flight.lose(6);
    acknowledge(500);
    flight.lose(9);
    assertEquals(6, flight.firstLost());
    flight.lose(5);
    assertEquals(5, flight.firstLost());
    flight.resent(5, 2000);
    assertEquals(6, flight.firstLost());
    flight.resent(6, 2001);
    assertEquals(9, flight.firstLost());
    flight.resent(9, 2002);
    assertEquals(Scoreboard.NONE, flight.firstLost());
    assertEquals(3, flight.resentUnderWay());
  }

  @Test
  void whatWasFoundAgainStandsInTheOrderOfItsSending() {
    send(4, 0);
    flight.lose(1);
    flight.lose(0);
    flight.resent(3, 3000);
    flight.findAll();
    assertEquals(List.of(0, 1, 2, 3), sendingOrder());
    assertEquals(400, flight.underWayBytes());
  }

  private List<Integer> sendingOrder() {
    List<Integer> order = new ArrayList<>();
    for (int n = flight.earliestUnderWay(); n != Scoreboard.NONE; n = flight.sentAfter(n)) {
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
    flight.begin(0);
    int next = iss;
    long now = 1;
    for (int step = 0; step < 400; step++) {
      now++;
      int choice = random.nextInt(100);
      if (choice < 45) {
        int length = 1 + random.nextInt(MSS);
        flight.add(next, next + length, false, now);
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
    int number = flight.first() + index;
    delivery.begin(now, one.start, one.start);
    if (choice < 60) {
      int to = model.get(Math.min(model.size() - 1, index + random.nextInt(4))).end;
      flight.sack(one.start, to, delivery);
      List<Model> covered =
          model.stream().filter(m -> Seq.geq(m.start, one.start) && Seq.leq(m.end, to)).toList();
      assertEquals(untold(covered, to), delivery.bytes());
      for (Model m : covered) {
        m.state = 's';
        m.told = true;
      }
    } else if (choice < 75 && one.state == 'u') {
      flight.lose(number);
      one.state = 'l';
    } else if (choice < 85 && one.state != 's') {
      flight.resent(number, now);
      one.state = 'u';
      one.again = true;
      one.told = false;
      one.sent = now;
    } else if (choice < 95) {
      int ack = one.end - random.nextInt(2);
      flight.acknowledge(ack, delivery);
      assertEquals(untold(model, ack), delivery.bytes());
      model.removeIf(m -> Seq.leq(m.end, ack));
      model.stream().filter(m -> Seq.lt(m.start, ack)).forEach(m -> m.start = ack);
    } else if (choice < 97) {
      flight.loseAll();
      model.stream().filter(m -> m.state == 'u').forEach(m -> m.state = 'l');
    } else if (choice < 98) {
      flight.forgetSacked();
      model.stream().filter(m -> m.state == 's').forEach(m -> m.state = 'l');
    } else {
      flight.findAll();
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
    assertEquals(model.size(), flight.segments(), where);
    assertEquals(bytes(model, 'u'), flight.underWayBytes(), where);
    assertEquals(bytes(model, 's'), flight.sackedBytes(), where);
    assertEquals(bytes(model, 'l'), flight.lostBytes(), where);
    assertEquals(
        model.stream().filter(m -> m.state == 's').count(), flight.sackedSegments(), where);
    assertEquals(
        model.stream().filter(m -> m.state == 'u' && m.again).count(),
        flight.resentUnderWay(),
        where);
    List<Integer> order =
        model.stream()
            .filter(m -> m.state == 'u')
            .sorted(Comparator.comparingLong(m -> m.sent))
            .map(m -> flight.first() + model.indexOf(m))
            .toList();
    assertEquals(order, sendingOrder(), where);
    int lost = Scoreboard.NONE;
    for (int i = model.size() - 1; i >= 0; i--) {
      lost = model.get(i).state == 'l' ? flight.first() + i : lost;
    }
    assertEquals(lost, flight.firstLost(), where);
  }

  private static int bytes(List<Model> model, char state) {
    return model.stream().filter(m -> m.state == state).mapToInt(m -> m.end - m.start).sum();
  }
}
