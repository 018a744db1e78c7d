package org.mosstack.frameworks.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.mosstack.testkit.program.Await;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** PostgreSQL with a database of its own, which ends with this. */
final class PostgresServer implements AutoCloseable {
  private static final String AS_POSTGRES = "runuser -u postgres --";

  private final Testbed testbed = new Testbed("mos-postgres");
  private final Path programs = Kernel.postgresPrograms();
  private final Path data = testbed.folder().resolve("data");
  private final int port = Ports.free();
  private Program program;

  /** Starts it. */
  PostgresServer() throws Exception {
    Files.setPosixFilePermissions(testbed.folder(), PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.createDirectory(data);
    testbed.run("chown postgres", data.toString());
    testbed.run(AS_POSTGRES, programs + "/initdb", "-A", "trust", "-N", data.toString());
    Files.writeString(
        data.resolve("pg_hba.conf"),
        "host all all " + Kernel.NETWORK + " trust\n",
        StandardOpenOption.APPEND);
    start();
  }

  /** Starts it anew, when it has ended. */
  void start() throws Exception {
    List<String> words = Testbed.words(AS_POSTGRES, programs + "/postgres", "-D", data.toString());
    words.addAll(List.of("-p", Integer.toString(port), "-c", "listen_addresses=*"));
    words.addAll(List.of("-c", "unix_socket_directories=", "-c", "fsync=off"));
    program = testbed.start(words);
    Await.until("PostgreSQL serves", 30, this::isReady);
  }

  private boolean isReady() throws Exception {
    String ready = "%s/pg_isready -q -h 127.0.0.1 -p %d".formatted(programs, port);
    return testbed.start(ready).exitCode(Testbed.SOON) == 0;
  }

  int port() {
    return port;
  }

  /** Ends it at once: its clients' connections, too. */
  void end() throws Exception {
    testbed.run(AS_POSTGRES, programs + "/pg_ctl", "stop", "-m", "fast", "-D", data.toString());
    program.exitCode(Testbed.SOON);
  }

  @Override
  public void close() {
    testbed.close();
  }
}
