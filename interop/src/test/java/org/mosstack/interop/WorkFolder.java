package org.mosstack.interop;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/**
 * A folder that a check has for itself. The programs of {@code bin} run in it, so that files with
 * relative paths, such as logs and sockets of {@code conf}, are written there.
 *
 * @param testbed what it is part of
 * @param path the folder
 * @param environment what programs find in their environment besides: NAME=value
 */
record WorkFolder(Testbed testbed, Path path, List<String> environment) {
  /** Returns a new one, which is empty. */
  static WorkFolder of(Testbed testbed) throws IOException {
    return new WorkFolder(testbed, testbed.newFolder(), List.of());
  }

  /** Returns the same folder with an environment. */
  WorkFolder with(String... assignments) {
    return new WorkFolder(testbed, path, List.of(assignments));
  }

  /** Returns a file or folder in it. */
  Path resolve(String name) {
    return path.resolve(name);
  }

  /** Returns a file or folder of the project's configurations. */
  Path conf(String name) {
    return testbed.home().resolve("conf").resolve(name);
  }

  /** Writes a text file. */
  Path write(String name, String text) throws IOException {
    return Files.writeString(path.resolve(name), text);
  }

  /** Returns a command's words: one of the programs of {@code bin}, with arguments. */
  List<String> words(String program, String... arguments) {
    List<String> words = new ArrayList<>();
    words.add(testbed.home().resolve("bin").resolve(program).toString());
    words.addAll(List.of(arguments));
    return words;
  }

  /** Starts one of the programs of {@code bin}. */
  Program start(String program, String... arguments) throws IOException {
    return start(words(program, arguments));
  }

  /** Starts a program, given by its words. */
  Program start(List<String> command) throws IOException {
    List<String> words = new ArrayList<>();
    if (!environment.isEmpty()) {
      words.add("env");
      words.addAll(environment);
    }
    words.addAll(command);
    return testbed.start(words, path);
  }

  /** Runs one of the programs of {@code bin} to its end. */
  Outcome run(Duration limit, String program, String... arguments)
      throws IOException, InterruptedException {
    return Outcome.of(start(program, arguments), limit);
  }
}
