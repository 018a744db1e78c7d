package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.mosstack.tcp.congestion.Bbr;
import org.mosstack.tcp.congestion.BbrModel;
import org.mosstack.tcp.congestion.BbrParameters;
import org.mosstack.tcp.congestion.Cubic;
import org.mosstack.tcp.congestion.HyStart;
import org.mosstack.tcp.congestion.LossBased;
import org.mosstack.tcp.congestion.NewReno;
import org.mosstack.tcp.scoreboard.Rack;
import org.mosstack.tcp.scoreboard.RateEstimator;
import org.mosstack.tcp.scoreboard.RttEstimator;
import org.mosstack.tcp.scoreboard.Scoreboard;
import org.mosstack.tcp.scoreboard.ScoreboardRecords;
import org.mosstack.tcp.scoreboard.SegmentSet;

/**
 * Checks the classes that live as long as a connection against {@code sequence-numbers.txt}, which
 * says of each of their ints whether it is a sequence number, and what keeps it near.
 */
class SequenceNumbersTest {
  private static final Path LIST = Path.of("src/test/resources/sequence-numbers.txt");
  private static final Set<String> KINDS = Set.of("send", "receive", "while", "equal", "-");
  private static final List<Class<?>> CLASSES =
      List.of(
          Identity.class,
          SendSequence.class,
          ReceiveSequence.class,
          Schedule.class,
          Tcb.class,
          Connection.class,
          LossRecovery.class,
          Rack.class,
          HyStart.class,
          LossBased.class,
          NewReno.class,
          Cubic.class,
          BbrModel.class,
          BbrParameters.class,
          Bbr.class,
          RttEstimator.class,
          ScoreboardRecords.class,
          Scoreboard.class,
          MtuSearch.class,
          SegmentSet.class,
          RateEstimator.class,
          ReassemblyBlocks.class,
          Reassembly.class);

  /**
   * A window, plus what may be acknowledged between two calls of {@link SendSequence#dragMarkers}.
   */
  private static final int FARTHEST = (1 << 30) + SendSequence.DRAG_BYTES;

  /** Returns the kind of each field, by class and name. */
  private static TreeMap<String, String> list() {
    TreeMap<String, String> kinds = new TreeMap<>();
    try {
      for (String line : Files.readAllLines(LIST)) {
        if (line.isBlank() || line.startsWith("#")) {
          continue;
        }
        String[] words = line.split("\\s+");
        assertTrue(words.length > 2 && KINDS.contains(words[1]), line);
        for (String field : Arrays.copyOfRange(words, 2, words.length)) {
          String name = words[0] + "." + field;
          assertEquals(null, kinds.put(name, words[1]), () -> name + " stands there twice");
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return kinds;
  }

  private static boolean mayHoldNumbers(Field field) {
    return !Modifier.isStatic(field.getModifiers())
        && (field.getType() == int.class || field.getType() == int[].class);
  }

  @Test
  void everyIntOfAConnectionIsOnTheList() {
    Set<String> there = new TreeSet<>();
    for (Class<?> type : CLASSES) {
      Arrays.stream(type.getDeclaredFields())
          .filter(SequenceNumbersTest::mayHoldNumbers)
          .forEach(field -> there.add(type.getSimpleName() + "." + field.getName()));
    }
    Set<String> missing = new TreeSet<>(there);
    missing.removeAll(list().keySet());
    assertEquals(
        Set.of(), missing, () -> "say in " + LIST + " what keeps it from going stale after 2 GB");
    Set<String> gone = new TreeSet<>(list().keySet());
    gone.removeAll(there);
    assertEquals(Set.of(), gone, "on the list, and no longer there");
  }

  /** Checks that nothing a connection keeps is so far away that it would seem to lie ahead. */
  static void checkDistances(Tcb c) throws ReflectiveOperationException {
    checkDistances(c, Tcb.class, c);
    checkDistances(c, LossRecovery.class, c.recovery);
    checkDistances(c, Rack.class, c.recovery.rack());
  }

  private static void checkDistances(Tcb c, Class<?> type, Object object)
      throws ReflectiveOperationException {
    TreeMap<String, String> kinds = list();
    for (Field field : type.getDeclaredFields()) {
      String name = type.getSimpleName() + "." + field.getName();
      String kind = kinds.getOrDefault(name, "-");
      if (kind.equals("send") || kind.equals("receive")) {
        field.setAccessible(true);
        int distance = field.getInt(object) - (kind.equals("send") ? c.sndUna : c.rcvNxt);
        assertTrue(Math.abs((long) distance) <= FARTHEST, () -> name + " is at " + distance);
      }
    }
  }
}
