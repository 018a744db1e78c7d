package org.mosstack.epserver;

import org.mosstack.examples.Transport;
import picocli.CommandLine;

/** The program over kernel sockets, for a JVM that receives signals. */
final class SignalledServer {
  private SignalledServer() {}

  /** Serves according to the configuration file in {@code arguments}, on any port. */
  public static void main(String[] arguments) {
    EpserverCommand command = new EpserverCommand((_, _, _, _) -> Transport.nio(1));
    System.exit(
        new CommandLine(command).execute("-f", arguments[0], "-c", arguments[0], "--port", "0"));
  }
}
