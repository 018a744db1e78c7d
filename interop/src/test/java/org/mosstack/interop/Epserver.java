package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** The stack's server, running. */
final class Epserver implements AutoCloseable {
  private final Program program;
  private final Logs logs;

  Epserver(Program program, Logs logs) {
    this.program = program;
    this.logs = logs;
  }

  Program program() {
    return program;
  }

  /** Waits until it serves; ends it if it doesn't. */
  void awaitServing(Duration limit) throws InterruptedException {
    try {
      program.awaitLine("^epserver: serving", limit);
    } catch (AssertionError e) {
      close();
      throw e;
    }
  }

  void assertRunning() {
    assertTrue(program.isRunning(), () -> program.describe("has ended"));
  }

  /** Waits until it has said something. */
  void awaitLine(String pattern) throws InterruptedException {
    program.awaitLine(pattern, Testbed.SOON);
  }

  /** Asserts that it ends in good order, with all packet buffers back. */
  void endWithAllBuffers() throws IOException, InterruptedException {
    int code = program.end();
    assertTrue(code == 0, () -> program.describe("exit code " + code));
    logs.assertNoLeak();
  }

  @Override
  public void close() {
    program.close();
  }
}
