package org.mosstack.bench.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** The server's end of the shared memory, as a process of its own. */
public final class ServerProcess implements AutoCloseable {
  private static final String READY = "ready";
  private static final AtomicInteger STARTED = new AtomicInteger();

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
    String socket = "compare-" + ProcessHandle.current().pid() + "-" + STARTED.incrementAndGet();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseParallelGC",
                "-Xmx1g",
                "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.class.getName(),
                socket)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    BufferedReader output = process.inputReader();
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      if (line.equals(READY)) {
        return new ServerProcess(process, socket);
      }
    }
    throw new IOException("the server's process ended");
  }

  /** What the other end names in its configuration. */
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
