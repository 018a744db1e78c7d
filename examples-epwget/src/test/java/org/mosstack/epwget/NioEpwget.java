package org.mosstack.epwget;

import java.nio.file.Path;
import org.mosstack.examples.CaptureOptions;
import org.mosstack.examples.Transport;
import picocli.CommandLine;

/** epwget over kernel sockets, as a separate process. */
final class NioEpwget {
  private NioEpwget() {}

  static Transport open(
      Path mosConf, int coreLimit, boolean allowOversubscribe, CaptureOptions.Prepared capture) {
    return Transport.nio(2);
  }

  public static void main(String[] args) {
    System.exit(new CommandLine(new EpwgetCommand(NioEpwget::openTelling)).execute(args));
  }

  /** Prints a line when it has been closed, unless the JVM doesn't wait for that. */
  private static Transport openTelling(
      Path mosConf, int coreLimit, boolean allowOversubscribe, CaptureOptions.Prepared capture) {
    Transport nio = Transport.nio(2);
    return new Transport(
        nio.group(),
        nio.servers(),
        nio.clients(),
        nio.bindPerLoop(),
        nio.timeout(),
        () -> {
          nio.close();
          if (!jvmEnds()) {
            System.out.println("transport closed");
          }
        });
  }

  /** Whether the hook that delays the JVM's end is over, or is so soon. */
  private static boolean jvmEnds() {
    return Thread.getAllStackTraces().keySet().stream()
        .noneMatch(thread -> thread.getName().equals("stop") && staysFor(thread, 500));
  }

  private static boolean staysFor(Thread thread, long millis) {
    try {
      thread.join(millis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    return thread.isAlive();
  }
}
