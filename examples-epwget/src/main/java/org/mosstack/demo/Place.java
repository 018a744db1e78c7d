package org.mosstack.demo;

import java.net.InetSocketAddress;
import org.mosstack.examples.Transport;

/** Where a server and a client run, and how they reach each other. Closing it ends both. */
interface Place extends AutoCloseable {
  /** What the server runs over. */
  Transport server();

  /** What the client runs over. */
  Transport client();

  /** Where the server is to listen. */
  InetSocketAddress listen();

  /**
   * The host and port of a URL for the server.
   *
   * @param bound where it listens
   */
  String authority(InetSocketAddress bound);

  @Override
  default void close() {
    client().close();
    server().close();
  }
}
