package org.mosstack.interop;

import java.io.IOException;
import org.mosstack.testkit.program.Testbed;

/** The devices by which a stack and the kernel of the same machine reach each other. */
enum Device {
  AF_PACKET("net_af_packet"),
  AF_XDP("net_af_xdp"),
  TAP("net_tap");

  /** The MTU that drivers have if they aren't told one. */
  static final int DEFAULT_MTU = 1500;

  private final String driver;

  Device(String driver) {
    this.driver = driver;
  }

  /** Lays a link for the device. */
  Link lay(Testbed testbed, int mtu) throws IOException, InterruptedException {
    return this == TAP ? Link.tap(testbed) : Link.veth(testbed, mtu);
  }

  /** Returns the device as mos.conf has it: a TAP port has an MTU of its own. */
  String line(int mtu) {
    String tapMtu = mtu == DEFAULT_MTU ? "" : ",mtu=" + mtu;
    return driver + "=iface=" + (this == TAP ? Link.TAP + tapMtu : Link.VETH);
  }
}
