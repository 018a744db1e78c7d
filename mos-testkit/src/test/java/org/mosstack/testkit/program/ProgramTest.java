package org.mosstack.testkit.program;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ProgramTest {
  /** Whether they come before or after that is asked for. */
  @Test
  void eachLineIsPassedOnOnceAndInOrder() throws Exception {
    List<String> passedOn = Collections.synchronizedList(new ArrayList<>());
    try (Testbed testbed = new Testbed("mos-program")) {
      Program program = testbed.start("sh -c", "echo one; echo two >&2; echo three");
      program.awaitLine("one", Testbed.SOON);
      program.passOn(passedOn::add);
      program.succeed(Testbed.SOON);
    }
    assertEquals(List.of("one", "two", "three"), passedOn);
  }

  @Test
  void aNamespacesCommandRunsInIt() {
    Namespace namespace = new Namespace(null, "mos-1-client");
    assertEquals(
        List.of("ip", "netns", "exec", "mos-1-client", "ping", "-c", "1"),
        namespace.command(List.of("ping", "-c", "1")));
  }
}
