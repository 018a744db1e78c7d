package org.mosstack.fuzz;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import org.mosstack.testkit.Pattern;

/** Live connections of a whole stack, in structured steps. */
class LiveConnectionsFuzzTest {
  private static final Pattern PATTERN = new Pattern();

  @FuzzTest
  void steps(byte[] input) throws IOException {
    try (LiveSession session = new LiveSession(input, PATTERN)) {
      session.run();
    }
  }
}
