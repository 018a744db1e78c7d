package org.mosstack.frameworks.agent;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.mosstack.testkit.program.Program;
import org.mosstack.testkit.program.Testbed;

/** RabbitMQ with a folder of its own, which ends with this; for AMQP and for streams. */
final class RabbitServer implements AutoCloseable {
  private static final Path PROGRAM = Path.of("/usr/lib/rabbitmq/bin/rabbitmq-server");

  private final Testbed testbed = new Testbed("mos-rabbit");
  private final int port = Ports.free();
  private final int streamPort = Ports.free();
  private final int distributionPort = Ports.free();
  private final int epmdPort = Ports.free();
  private Program program;

  /** Starts it. */
  RabbitServer() throws Exception {
    Files.writeString(
        testbed.folder().resolve("rabbitmq.conf"),
        """
        loopback_users = none
        listeners.tcp.1 = 0.0.0.0:%d
        stream.listeners.tcp.1 = 0.0.0.0:%d
        stream.advertised_host = %s
        stream.advertised_port = %2$d
        log.console = true
        log.console.level = info
        log.file = false
        """
            .formatted(port, streamPort, Kernel.ADDRESS));
    Files.writeString(testbed.folder().resolve("enabled_plugins"), "[rabbitmq_stream].\n");
    start();
  }

  /** Starts it anew, when it has ended. */
  void start() throws Exception {
    Path folder = testbed.folder();
    List<String> words = Testbed.words("env HOME=" + folder);
    words.add("RABBITMQ_NODENAME=mos@localhost");
    words.add("RABBITMQ_CONFIG_FILE=" + folder.resolve("rabbitmq.conf"));
    words.add("RABBITMQ_ENABLED_PLUGINS_FILE=" + folder.resolve("enabled_plugins"));
    words.add("RABBITMQ_MNESIA_BASE=" + folder.resolve("mnesia"));
    words.add("RABBITMQ_LOG_BASE=" + folder.resolve("log"));
    words.add("RABBITMQ_DIST_PORT=" + distributionPort);
    words.add("ERL_EPMD_PORT=" + epmdPort);
    words.add(PROGRAM.toString());
    program = testbed.start(words);
    program.awaitLine("Server startup complete", Testbed.SOON);
  }

  int port() {
    return port;
  }

  int streamPort() {
    return streamPort;
  }

  /** Ends it. */
  void end() throws Exception {
    program.end();
  }

  @Override
  public void close() {
    program.close();
    try {
      // Erlang's port mapper goes on by itself.
      testbed.start("env ERL_EPMD_PORT=" + epmdPort + " epmd -kill").exitCode(Testbed.SOON);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      testbed.close();
    }
  }
}
