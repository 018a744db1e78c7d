package org.mosstack.epwget;

import org.mosstack.examples.Transport;
import picocli.CommandLine;

/** epwget over the user-level stack: what {@code bin/epwget} runs. */
public final class Main {
  private Main() {}

  /**
   * Runs {@link EpwgetCommand} and ends the JVM with its exit code.
   *
   * @param args the command line
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new EpwgetCommand(Transport.stack("epwget"))).execute(args));
  }
}
