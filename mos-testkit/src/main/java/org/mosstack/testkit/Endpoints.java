package org.mosstack.testkit;

import java.net.Inet4Address;
import org.mosstack.config.ArpEntry;
import org.mosstack.config.Ip4Prefix;
import org.mosstack.header.Ip4Address;
import org.mosstack.socket.Endpoint;

/** Endpoints and neighbours by IPv4 addresses as tests write them: ints in host order. */
public final class Endpoints {
  private Endpoints() {}

  /** Returns the endpoint with this address and port. */
  public static Endpoint of(int address, int port) {
    return new Endpoint(Ip4Address.toInet(address), port);
  }

  /** Returns a static neighbour of all addresses in a prefix. */
  public static ArpEntry neighbour(int address, int prefixLength, long mac) {
    return new ArpEntry(new Ip4Prefix(Ip4Address.toInet(address), prefixLength), mac);
  }

  /** Returns the endpoint's address in host order. */
  public static int address(Endpoint endpoint) {
    return Ip4Address.fromInet((Inet4Address) endpoint.address());
  }
}
