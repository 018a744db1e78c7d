package org.mosstack.testkit.program;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A network namespace, and the programs that run in it. Made by a {@link Testbed}; needs root. */
public final class Namespace {
  private static final int SECONDS_TO_END = 10;

  private final Testbed testbed;
  private final String name;

  Namespace(Testbed testbed, String name) {
    this.testbed = testbed;
    this.name = name;
  }

  /** Returns its name, as {@code ip netns} has it. */
  public String name() {
    return name;
  }

  /**
   * Starts a program: the returned process is that of the program itself.
   *
   * @throws IOException if it can't be started
   */
  public Program start(String command, String... more) throws IOException {
    return start(Testbed.words(command, more));
  }

  /**
   * Starts a program, given by its words.
   *
   * @throws IOException if it can't be started
   */
  public Program start(List<String> command) throws IOException {
    return testbed.start(command(command));
  }

  /** Returns the command that starts a program in it from outside. */
  public List<String> command(List<String> command) {
    List<String> words = Testbed.words("ip netns exec " + name);
    words.addAll(command);
    return words;
  }

  /**
   * Runs a program to its end, and returns its output.
   *
   * @throws IOException if it can't be started
   * @throws AssertionError if it isn't a success within {@link Testbed#SOON}
   */
  public String run(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).succeed(Testbed.SOON);
  }

  /**
   * Returns whether a program ends with a success.
   *
   * @throws IOException if it can't be started
   * @throws AssertionError if it still runs after {@link Testbed#SOON}
   */
  public boolean succeeds(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).exitCode(Testbed.SOON) == 0;
  }

  /**
   * Runs {@code ip} for this namespace.
   *
   * @throws AssertionError if it fails
   */
  public void ip(String command) throws IOException, InterruptedException {
    testbed.run("ip -n " + name + " " + command);
  }

  /**
   * Sets one of the kernel's parameters.
   *
   * @param assignment its name and value, with = between them
   * @throws AssertionError if the kernel doesn't take it
   */
  public void sysctl(String assignment) throws IOException, InterruptedException {
    run("sysctl -qw " + assignment);
  }

  /** Ends all programs: they are asked to, and later forced. */
  void endPrograms() throws IOException, InterruptedException {
    long start = System.nanoTime();
    for (List<ProcessHandle> left = programs(); !left.isEmpty(); left = programs()) {
      boolean patient = System.nanoTime() - start < TimeUnit.SECONDS.toNanos(SECONDS_TO_END);
      left.forEach(patient ? ProcessHandle::destroy : ProcessHandle::destroyForcibly);
      Await.pause();
    }
  }

  private List<ProcessHandle> programs() throws IOException, InterruptedException {
    return testbed
        .run("ip netns pids", name)
        .lines()
        .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
        .toList();
  }
}
