package org.mosstack.socket;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.util.Objects;

/**
 * An IP address and a port: one end of a connection, or what a listener is bound to. Immutable; any
 * thread.
 *
 * <p>It holds addresses of both families, but stacks speak IPv4 only for now: they refuse others
 * with a {@link SocketException}.
 *
 * @param address the address; {@link InetAddress#isAnyLocalAddress() unspecified} stands for all of
 *     a stack's addresses, or for one that is chosen by route
 * @param port 0 to 65535; 0 stands for one that the stack chooses
 */
public record Endpoint(InetAddress address, int port) {
  private static final int MAX_PORT = 0xFFFF;

  /** All of a stack's addresses, or any of them, and a port of the stack's choice. */
  public static final Endpoint ANY = any(0);

  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if the port is out of range
   */
  public Endpoint {
    Objects.requireNonNull(address, "address");
    if (port < 0 || port > MAX_PORT) {
      throw new IllegalArgumentException("port out of range: " + port);
    }
  }

  /** Returns the endpoint of all of a stack's addresses with this port: 0 to 65535. */
  public static Endpoint any(int port) {
    return of("0.0.0.0", port);
  }

  /**
   * Returns the endpoint with this address.
   *
   * @param literal an address in text form, such as {@code 10.0.0.1}; nothing is looked up
   * @param port 0 to 65535
   * @throws IllegalArgumentException if the text isn't an address, or the port is out of range
   */
  public static Endpoint of(String literal, int port) {
    return new Endpoint(InetAddress.ofLiteral(literal), port);
  }

  /**
   * Returns the endpoint that a socket address stands for.
   *
   * @throws IllegalArgumentException if it is unresolved
   */
  public static Endpoint of(InetSocketAddress address) {
    if (address.isUnresolved()) {
      throw new IllegalArgumentException("unresolved: " + address);
    }
    return new Endpoint(address.getAddress(), address.getPort());
  }

  /**
   * Returns the address, if it is one that stacks speak.
   *
   * @throws SocketException if it is one of IPv6
   */
  public Inet4Address ipv4() throws SocketException {
    if (address instanceof Inet4Address ipv4) {
      return ipv4;
    }
    throw new SocketException("IPv6 isn't supported: " + this);
  }

  /** Returns the same as the JDK's type. */
  public InetSocketAddress toSocketAddress() {
    return new InetSocketAddress(address, port);
  }

  /**
   * The address in text form and the port, as in {@code 10.0.0.1:80} or {@code
   * [2001:db8:0:0:0:0:0:1]:80}.
   */
  @Override
  public String toString() {
    String host = address.getHostAddress();
    return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
  }
}
