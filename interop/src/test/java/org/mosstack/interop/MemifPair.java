package org.mosstack.interop;

import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.mosstack.testkit.program.Program;

/** epserver and epwget as two processes with memory that they share, as docs/dpdk.md has them. */
final class MemifPair {
  private static final Duration TIME_TO_START = Duration.ofSeconds(60);
  private static final int ENDLESS = 100_000_000;

  private final WorkFolder work;
  private final String name;

  /**
   * Starts nothing yet.
   *
   * @param name the folder of {@code conf} with the configuration of both
   */
  MemifPair(WorkFolder work, String name) {
    this.work = work;
    this.name = name;
  }

  /** Starts epserver, and returns when it serves. */
  Epserver serve() throws IOException, InterruptedException {
    Program program =
        work.start("epserver", "-f", file("server/mos.conf"), "-c", file("server/epserver.conf"));
    Epserver server = new Epserver(program, logs("server"));
    server.awaitServing(TIME_TO_START);
    return server;
  }

  /** Starts epwget. */
  Program fetch() throws IOException {
    return fetch(file("client/mos.conf"));
  }

  /** Starts epwget, which doesn't wait long for a server that is gone. */
  Program fetchImpatiently(int flows) throws IOException {
    String given = Files.readString(Path.of(file("client/mos.conf")));
    String impatient = given.replaceAll("tcp_timeout = .*", "tcp_timeout = 3");
    assertNotEquals(given, impatient, "there is no tcp_timeout to change");
    return fetch(
        work.write("client.conf", impatient).toString(), "--flows", Integer.toString(flows));
  }

  /** Starts epwget with no end, and returns when it has got something. */
  Program fetchEndlessly() throws IOException, InterruptedException {
    Program client = fetchImpatiently(ENDLESS);
    client.awaitLine("completes: *[1-9]", TIME_TO_START);
    return client;
  }

  private Program fetch(String mosConf, String... options) throws IOException {
    List<String> words = work.words("epwget", "-f", mosConf, "-c", file("client/epwget.conf"));
    words.addAll(List.of(options));
    return work.start(words);
  }

  /** Returns the logs of one end: server or client. */
  Logs logs(String end) {
    return new Logs(work.resolve("logs").resolve(name).resolve(end));
  }

  private String file(String path) {
    return work.conf(name).resolve(path).toString();
  }
}
