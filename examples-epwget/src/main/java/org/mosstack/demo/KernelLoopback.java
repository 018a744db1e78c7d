package org.mosstack.demo;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.mosstack.examples.Transport;

/** The kernel's sockets through NIO, over its loopback interface. */
record KernelLoopback(Transport server, Transport client) implements Place {
  /** Opens as many loops for each side. */
  static KernelLoopback open(int loops) {
    return new KernelLoopback(Transport.nio(loops), Transport.nio(loops));
  }

  @Override
  public InetSocketAddress listen() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  @Override
  public String authority(InetSocketAddress bound) {
    return bound.getAddress().getHostAddress() + ":" + bound.getPort();
  }
}
