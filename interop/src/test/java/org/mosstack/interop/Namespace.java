package org.mosstack.interop;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network namespace, and the programs that run in it.
 *
 * @param testbed what it is part of
 * @param name its name, as {@code ip netns} has it
 */
record Namespace(Testbed testbed, String name) {
  private static final int SECONDS_TO_END = 10;

  /** Starts a program: the returned process is that of the program itself. */
  Program start(String command, String... more) throws IOException {
    return start(Testbed.words(command, more));
  }

  /** Starts a program, given by its words. */
  Program start(List<String> command) throws IOException {
    List<String> words = Testbed.words("ip netns exec " + name);
    words.addAll(command);
    return testbed.start(words);
  }

  /** Runs a program to its end, which is to be a success soon, and returns its output. */
  String run(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).succeed(Testbed.SOON);
  }

  /** Returns whether a program ends, soon, with a success. */
  boolean succeeds(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).exitCode(Testbed.SOON) == 0;
  }

  /** Runs {@code ip} for this namespace. */
  void ip(String command) throws IOException, InterruptedException {
    testbed.run("ip -n " + name + " " + command);
  }

  /** Sets one of the kernel's parameters. */
  void sysctl(String assignment) throws IOException, InterruptedException {
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
