package org.mosstack.bench.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.mosstack.bench.Jvm;

/**
 * The server's end of the shared memory, in a separate process: a JVM with the same flags as this
 * one, so that both resemble the single JVM with both ends of the other transports.
 */
public final class ServerProcess implements AutoCloseable {
  private static final String READY = "ready";
  private static final List<String> OWN =
      List.of("-Dbench.", "-Djmh.", "-XX:CompileCommandFile", "-javaagent:", "-agent");

  private final Process process;
  private final String socket;

  private ServerProcess(Process process, String socket) {
    this.process = process;
    this.socket = socket;
  }

  /** The child's main: {@code ServerProcess SOCKET}; serves until its standard input ends. */
  public static void main(String[] args) throws IOException {
    Ends.listen(Transport.MOS_MEMIF, Stacks.shared(true, args[0]));
    System.out.println(READY);
    while (System.in.read() >= 0) {
      // until the parent closes it
    }
    System.exit(0);
  }

  /** Starts one and waits until it listens. */
  static ServerProcess start() throws IOException {
    Path folder = Files.createTempDirectory("mos-compare");
    folder.toFile().deleteOnExit(); // the driver removes the socket itself
    String socket = folder.resolve("memif.sock").toString();
    List<String> command = Jvm.commandOf(flags(Jvm.flags()), ServerProcess.class, socket);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.equals(READY)) {
        return new ServerProcess(process, socket);
      }
    }
    throw new IOException("the server's process ended");
  }

  /** Returns a JVM's arguments without those specific to it: JMH's, and the run's files. */
  static List<String> flags(List<String> arguments) {
    return arguments.stream().filter(a -> OWN.stream().noneMatch(a::startsWith)).toList();
  }

  /** Returns the socket for the other end's configuration. */
  String socket() {
    return socket;
  }

  @Override
  public void close() {
    try {
      process.outputWriter().close();
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
