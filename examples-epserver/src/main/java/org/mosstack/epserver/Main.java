package org.mosstack.epserver;

import org.mosstack.examples.Transport;
import picocli.CommandLine;

/** epserver over the user-level stack: what {@code bin/epserver} runs. */
public final class Main {
  private Main() {}

  /**
   * Runs {@link EpserverCommand} and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EpserverCommand(Transport.stack("epserver"))).execute(args));
  }
}
