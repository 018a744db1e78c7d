package org.mosstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The wheel against a map of deadlines, used as {@link TcpTimers} uses it. */
class TimerWheelTest {
  private static final long MILLI = 1_000_000;
  private static final long SECOND = 1000 * MILLI;

  /** Connections with one deadline each, re-armed lazily: only an earlier one moves the entry. */
  private static class Model implements TimerWheel.Expiry {
    final SplittableRandom random;
    final TimerWheel wheel;
    final List<Tcb> connections = new ArrayList<>();
    final Map<Tcb, Long> deadlines = new HashMap<>();

    /** Armed during an advance for a past time: these may wait until the next advance. */
    final Set<Tcb> late = new HashSet<>();

    final String what;
    long now;
    int fired;

    Model(long seed) {
      what = "seed " + seed;
      random = new SplittableRandom(seed);
      now = random.nextLong(-10 * SECOND, 1_000_000 * SECOND);
      wheel = new TimerWheel(now);
      for (int i = 0; i < 60; i++) {
        connections.add(new Connection(null));
      }
    }

    Tcb any() {
      return connections.get(random.nextInt(connections.size()));
    }

    /** From zero to a day, mostly short. */
    long anyDelay() {
      return switch (random.nextInt(6)) {
        case 0 -> 0;
        case 1 -> random.nextLong(MILLI);
        case 2, 3 -> random.nextLong(300 * MILLI);
        case 4 -> random.nextLong(100 * SECOND);
        default -> random.nextLong(24 * 3600 * SECOND);
      };
    }

    void arm(Tcb c, long deadline) {
      late.remove(c);
      deadlines.put(c, deadline);
      wheel.schedule(c, deadline);
    }

    @Override
    public void expired(Tcb c, long nowNanos) {
      assertEquals(now, nowNanos, what);
      Long deadline = deadlines.get(c);
      assertTrue(deadline != null, what + ": a cancelled connection expired");
      if (deadline - now > 0) {
        wheel.schedule(c, deadline);
        return;
      }
      deadlines.remove(c);
      fired++;
    }

    void advance(long to) {
      now = to;
      late.clear();
      wheel.advance(now, this);
      for (Map.Entry<Tcb, Long> entry : deadlines.entrySet()) {
        long late = now - entry.getValue();
        boolean excused = this.late.contains(entry.getKey());
        assertTrue(excused || late < TimerWheel.TICK_NANOS, () -> what + ": late by " + late);
        assertTrue(entry.getKey().wheelSlot >= 0, () -> what + ": lost its place");
      }
      assertEquals(deadlines.size(), wheel.entries(), what);
      checkNextDeadline();
    }

    void checkNextDeadline() {
      long next = wheel.nextDeadlineNanos();
      if (deadlines.isEmpty()) {
        assertEquals(Long.MAX_VALUE, next, what);
        return;
      }
      long earliest = deadlines.values().stream().mapToLong(d -> d).min().orElseThrow();
      long bound = Math.max(earliest, now) + TimerWheel.TICK_NANOS;
      assertTrue(next <= bound, () -> what + ": asks for " + (next - bound) + " ns after " + bound);
    }

    void act() {
      Tcb c = any();
      switch (random.nextInt(8)) {
        case 0, 1, 2, 3 -> arm(c, now + anyDelay());
        case 4 -> {
          wheel.cancel(c);
          deadlines.remove(c);
        }
        case 5 -> advance(now + anyDelay());
        case 6 -> advance(now + random.nextLong(3 * MILLI));
        default -> {
          if (!deadlines.isEmpty()) {
            advance(Math.max(now, wheel.nextDeadlineNanos()));
          }
        }
      }
      checkNextDeadline();
    }
  }

  @Test
  void neverMissesAndIsNeverLateByATick() {
    int fired = 0;
    for (int seed = 0; seed < 400; seed++) {
      Model model = new Model(seed);
      for (int i = 0; i < 2000; i++) {
        model.act();
      }
      fired += model.fired;
    }
    assertTrue(fired > 50_000, fired + " timers only");
  }

  /** A loop that sleeps until the wheel's next deadline finds work in the end, and doesn't spin. */
  @Test
  void sleepingUntilTheNextDeadlineFiresAll() {
    for (int seed = 0; seed < 300; seed++) {
      Model model = new Model(seed);
      for (Tcb c : model.connections) {
        model.arm(c, model.now + model.random.nextLong(200 * SECOND));
      }
      int wakeups = 0;
      while (!model.deadlines.isEmpty()) {
        long next = model.wheel.nextDeadlineNanos();
        assertTrue(next - model.now > 0, model.what + ": asks for the past");
        model.advance(next);
        wakeups++;
      }
      // Each comes up once per revolution of 16 seconds.
      assertTrue(wakeups <= 60 * 14, model.what + ": " + wakeups + " wakeups");
      assertEquals(60, model.fired, model.what);
    }
  }

  /** An expiry may cancel or re-arm others, including those due in the same slot. */
  @Test
  void expiryMayTouchTheOthers() {
    int[] cancelled = new int[1];
    for (int seed = 0; seed < 400; seed++) {
      Model model =
          new Model(seed) {
            @Override
            public void expired(Tcb c, long nowNanos) {
              super.expired(c, nowNanos);
              Tcb other = any();
              if (random.nextBoolean()) {
                wheel.cancel(other);
                cancelled[0] += deadlines.remove(other) == null ? 0 : 1;
              } else {
                long delay = random.nextLong(-2 * MILLI, 5 * MILLI);
                arm(other, now + delay);
                if (delay < 0) {
                  late.add(other);
                }
              }
            }
          };
      for (int i = 0; i < 1000; i++) {
        long at = model.now + model.random.nextLong(4 * MILLI);
        model.arm(model.any(), at);
        model.arm(model.any(), at);
        model.arm(model.any(), at);
        if (i % 3 == 0) {
          model.advance(model.now + model.random.nextLong(6 * MILLI));
        }
      }
    }
    assertTrue(cancelled[0] > 1000, cancelled[0] + " cancelled only");
  }

  @Test
  void cancelIsIdempotent() {
    TimerWheel wheel = new TimerWheel(0);
    Tcb c = new Connection(null);
    wheel.cancel(c);
    wheel.schedule(c, SECOND);
    wheel.cancel(c);
    wheel.cancel(c);
    assertEquals(0, wheel.entries());
    assertEquals(Long.MAX_VALUE, wheel.nextDeadlineNanos());
    assertEquals(0, wheel.advance(2 * SECOND, (_, _) -> fail("nothing was armed")));
  }

  @Test
  void aLaterDeadlineLeavesTheEntryAnEarlierOneMovesIt() {
    TimerWheel wheel = new TimerWheel(0);
    Tcb c = new Connection(null);
    wheel.schedule(c, 10 * MILLI);
    wheel.schedule(c, 20 * MILLI);
    assertEquals(10 * MILLI, wheel.nextDeadlineNanos());
    wheel.schedule(c, 5 * MILLI);
    assertEquals(5 * MILLI, wheel.nextDeadlineNanos());
    assertEquals(1, wheel.entries());
  }
}
