package org.mosstack.testkit.program;

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
 * What is used outside of this JVM: programs that run, network namespaces and a folder. None of it
 * outlives this JVM, even if that ends early, by Ctrl-C for example. For any thread.
 *
 * <p>A command is given as words with one space between them; words that have spaces themselves, or
 * come from elsewhere, follow one by one.
 */
public final class Testbed implements AutoCloseable {
  /** Time for anything that takes no time. */
  public static final Duration SOON = Duration.ofSeconds(30);

  private final Path home =
      Path.of(System.getProperty("mos.home", "..")).toAbsolutePath().normalize();
  private final Deque<Namespace> namespaces = new ArrayDeque<>();
  private final List<Program> programs = new ArrayList<>();
  private final Path folder;
  private boolean closed;

  /**
   * Creates one without programs and namespaces, whose folder is empty.
   *
   * @param name what the folder's name begins with
   * @throws UncheckedIOException if the folder can't be created
   */
  public Testbed(String name) {
    try {
      folder = Files.createTempDirectory(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Runtime.getRuntime().addShutdownHook(new Thread(this::close));
  }

  /** Returns the project's folder. */
  public Path home() {
    return home;
  }

  /** Returns the folder for files that are written. */
  public Path folder() {
    return folder;
  }

  /**
   * Creates an empty folder in that one.
   *
   * @throws IOException if it can't be created
   * @throws IllegalStateException if the testbed is closed
   */
  public synchronized Path newFolder() throws IOException {
    requireOpen();
    return Files.createTempDirectory(folder, "");
  }

  /**
   * Starts a program in the project's folder.
   *
   * @throws IOException if it can't be started
   * @throws IllegalStateException if the testbed is closed
   */
  public Program start(String command, String... more) throws IOException {
    return start(words(command, more));
  }

  /**
   * Starts a program in the project's folder, given by its words.
   *
   * @throws IOException if it can't be started
   * @throws IllegalStateException if the testbed is closed
   */
  public Program start(List<String> command) throws IOException {
    return start(command, home);
  }

  /**
   * Starts a program in another folder, given by its words.
   *
   * @throws IOException if it can't be started
   * @throws IllegalStateException if the testbed is closed
   */
  public synchronized Program start(List<String> command, Path folder) throws IOException {
    requireOpen();
    programs.removeIf(p -> !p.isRunning());
    Program program = new Program(command, folder);
    programs.add(program);
    return program;
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the testbed is closed");
    }
  }

  /**
   * Runs a program to its end, and returns its output.
   *
   * @throws IOException if it can't be started
   * @throws AssertionError if it isn't a success within {@link #SOON}
   */
  public String run(String command, String... more) throws IOException, InterruptedException {
    return start(command, more).succeed(SOON);
  }

  /**
   * Adds a network namespace of this JVM's, whose loopback interface is up.
   *
   * @param role what it is for: the end of its name
   * @throws AssertionError if the kernel doesn't allow it
   */
  public synchronized Namespace addNamespace(String role) throws IOException, InterruptedException {
    Namespace namespace = new Namespace(this, "mos-" + ProcessHandle.current().pid() + "-" + role);
    run("ip netns add", namespace.name());
    namespaces.push(namespace);
    namespace.ip("link set lo up");
    return namespace;
  }

  /**
   * Removes the namespaces with all that is in them: links, and programs, which end first.
   *
   * @throws AssertionError if one can't be removed
   */
  public synchronized void removeNamespaces() throws IOException, InterruptedException {
    while (!namespaces.isEmpty()) {
      namespaces.peek().endPrograms();
      run("ip netns delete", namespaces.pop().name());
    }
  }

  /** Ends the programs, and removes the namespaces and the folder. */
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

  /**
   * Deletes a folder, if it is there, with all that is in it.
   *
   * @throws IOException if something in it can't be deleted
   */
  public static void deleteTree(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }

  /** Returns a command's words, to which more can be added. */
  public static List<String> words(String command, String... more) {
    List<String> words = new ArrayList<>(List.of(command.split(" ")));
    words.addAll(List.of(more));
    return words;
  }
}
