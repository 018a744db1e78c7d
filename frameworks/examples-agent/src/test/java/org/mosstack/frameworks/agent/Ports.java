package org.mosstack.frameworks.agent;

import java.io.IOException;
import java.net.ServerSocket;

/** Ports for servers that don't tell which one the kernel chose. */
final class Ports {
  private Ports() {}

  /** A port that nobody has now. */
  static int free() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
