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
    System.exit(new CommandLine(new EpwgetCommand(NioEpwget::open)).execute(args));
  }
}
