package org.mosstack;

import java.net.Inet4Address;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;

/** Endpoints of IPv4 addresses as tests write them: ints in host order. */
public final class IpEnds {
  private IpEnds() {}

  /** Returns the endpoint with this address and port. */
  public static Endpoint of(int address, int port) {
    return new Endpoint(Ip4Address.toInet(address), port);
  }

  /** Returns the endpoint's address in host order. */
  public static int address(Endpoint endpoint) {
    return Ip4Address.fromInet((Inet4Address) endpoint.address());
  }
}
