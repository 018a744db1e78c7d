package org.mosstack.epserver;

import java.time.Duration;

/**
 * The limits of one client.
 *
 * @param maxRequestLine bytes of a request line; more is answered with 414
 * @param maxHeaders bytes of all header lines of a request; more is answered with 431
 * @param maxBody bytes of a request's body, which is read and thrown away; more is answered with
 *     413
 * @param idle how long a connection may stay open without a request completed or enough of a
 *     response taken; then it is closed
 * @param minOutput bytes of its responses that a client must take in that time, or what is left of
 *     them: a byte now and then doesn't keep a connection
 * @param linger how long, after an error that ends a connection, the client's remaining bytes are
 *     read and dropped, so that a reset doesn't overtake the answer (RFC 9112, 9.6)
 * @param drain how long the server, when it ends, lets responses in progress finish
 */
public record ServerLimits(
    int maxRequestLine,
    int maxHeaders,
    int maxBody,
    Duration idle,
    int minOutput,
    Duration linger,
    Duration drain) {

  /**
   * Lines of 8 KiB, headers of 16 KiB, bodies of 64 KiB, 60 s idle, at least 30 KiB taken in them
   * (512 bytes a second), 2 s lingering, 5 s draining.
   */
  public static ServerLimits defaults() {
    return new ServerLimits(
        8 * 1024,
        16 * 1024,
        64 * 1024,
        Duration.ofSeconds(60),
        30 * 1024,
        Duration.ofSeconds(2),
        Duration.ofSeconds(5));
  }
}
