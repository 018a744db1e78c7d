package org.mosstack.interop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.stream.Stream;

/**
 * What checks use outside of this JVM: programs that run, network namespaces and a folder. None of
 * it outlives this JVM, even if that ends early, by Ctrl-C for example.
 *
 * <p>A command is given as words with one space between them; words that have spaces themselves, or
 * come from elsewhere, follow one by one.
 */
final class Testbed implements AutoCloseable {
  /** Time for anything that takes no time. */
  static final Duration SOON = Duration.ofSeconds(30);

  private final Path home =
      Path.of(System.getProperty("mos.home", "..")).toAbsolutePath().normalize();
  private final Deque<Namespace> namespaces = new ArrayDeque<>();
  private final List<Program> programs = new ArrayList<>();
  private final Path folder;
  private final WebFiles webFiles;
  private boolean closed;

  Testbed() {
    try {
      folder = Files.createTempDirectory("mos-interop");
      Runtime.getRuntime().addShutdownHook(new Thread(this::close));
      webFiles = new WebFiles(Files.createDirectory(folder.resolve("www")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the project's folder. */
  Path home() {
    return home;
  }

  /** Returns the folder for files that a check writes. */
  Path folder() {
    return folder;
  }

  /** Returns the files that servers serve. */
  WebFiles webFiles() {
    return webFiles;
  }

  /** Starts a program in the project's folder. */
  Program start(String command, String... more) throws IOException {
    return start(words(command, more));
  }

  /** Starts a program in the project's folder, given by its words. */
  synchronized Program start(List<String> command) throws IOException {
    if (closed) {
      throw new IllegalStateException("the testbed is closed");
    }
    programs.removeIf(p -> !p.isRunning());
    Program program = new Program(command, home);
    programs.add(program);
    return program;
  }

  /** Runs a program to its end, which is to be a success soon, and returns its output. */
  String run(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).succeed(SOON);
  }

  /** Adds a network namespace of this JVM's, for one end of a link. */
  synchronized Namespace addNamespace(String role) throws IOException, InterruptedException {
    Namespace namespace = new Namespace(this, "mos-" + ProcessHandle.current().pid() + "-" + role);
    run("ip netns add", namespace.name());
    namespaces.push(namespace);
    namespace.ip("link set lo up");
    return namespace;
  }

  /** Removes the namespaces with all that is in them: links, and programs, which end first. */
  synchronized void removeNamespaces() throws IOException, InterruptedException {
    while (!namespaces.isEmpty()) {
      namespaces.peek().endPrograms();
      run("ip netns delete", namespaces.pop().name());
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    try {
      programs.forEach(Program::close);
      removeNamespaces();
      deleteTree(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      closed = true;
    }
  }

  /** Deletes a folder, if it is there, with all that is in it. */
  static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Returns a command's words. */
  static List<String> words(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(List.of(more));
    return words;
  }
}
