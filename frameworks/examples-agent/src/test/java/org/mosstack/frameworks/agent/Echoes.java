package org.mosstack.frameworks.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.Random;
import java.util.function.Function;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Has thousands of small bodies and a large one sent there and back. */
final class Echoes {
  /** What is sent thousands of times. */
  static final byte[] SMALL = {1, 2, 3};

  private static final int AT_A_TIME = 100;
  private static final int LARGE = 10 << 20;
  private static final Duration LIMIT = Duration.ofSeconds(Waiting.SECONDS);

  private Echoes() {}

  /** Sends the small one so often, some at a time. */
  static void small(int requests, Function<byte[], Mono<byte[]>> echo) {
    long answered =
        Flux.range(0, requests)
            .flatMap(_ -> echo.apply(SMALL), AT_A_TIME)
            .filter(bytes -> bytes.length == SMALL.length)
            .count()
            .block(LIMIT);
    assertEquals(requests, answered);
  }

  /** Sends one of 10 MB. */
  static void large(Function<byte[], Mono<byte[]>> echo) {
    byte[] large = new byte[LARGE];
    new Random(1).nextBytes(large);
    assertArrayEquals(large, echo.apply(large).block(LIMIT));
  }
}
