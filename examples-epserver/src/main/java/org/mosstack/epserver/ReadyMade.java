package org.mosstack.epserver;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The configuration that comes along, for who has none yet: {@code conf/tap/server}.
 *
 * @param mosConf its {@code mos.conf}
 * @param epserverConf its {@code epserver.conf}
 */
record ReadyMade(Path mosConf, Path epserverConf) {
  /** The stack's address in it. */
  static final String ADDRESS = "10.0.0.1";

  private static final int HTTP_PORT = 80;

  /**
   * Looks for it.
   *
   * @param home the project's folder
   * @return empty if it isn't there, as where the jars are without the project
   */
  static Optional<ReadyMade> in(Path home) {
    Path folder = home.resolve("conf/tap/server");
    ReadyMade files = new ReadyMade(folder.resolve("mos.conf"), folder.resolve("epserver.conf"));
    return Optional.of(files).filter(f -> Files.exists(f.mosConf) && Files.exists(f.epserverConf));
  }

  /** The line for who has just started it. */
  String invitation(int port) {
    String where = port == HTTP_PORT ? ADDRESS : ADDRESS + ":" + port;
    return "epserver: try curl http://" + where + "/ on this machine; Ctrl-C ends the server";
  }

  /** What follows a reason for which it can't start, in the same line. */
  String explanation() {
    return "; without -f and -c it starts "
        + mosConf
        + ", as root (sudo bin/epserver) and with DPDK (sudo bin/setup); bin/demo needs neither";
  }
}
