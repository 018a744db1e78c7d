package org.mosstack;

import java.net.Inet4Address;
import java.net.SocketException;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;

/** The addresses of endpoints as the engine takes them: IPv4's, as ints. */
final class Ipv4Addresses {
  private Ipv4Addresses() {}

  /**
   * Returns the address in host order.
   *
   * @throws SocketException if it is one of IPv6
   */
  static int of(Endpoint endpoint) throws SocketException {
    if (endpoint.address() instanceof Inet4Address address) {
      return Ip4Address.fromInet(address);
    }
    throw new SocketException("IPv6 isn't supported: " + endpoint);
  }
}
