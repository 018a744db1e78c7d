package org.mosstack.interop;

import java.io.IOException;
import org.mosstack.testkit.program.Namespace;
import org.mosstack.testkit.program.Testbed;

/**
 * A link between a stack and the kernel, in network namespaces of its own, with an address at the
 * kernel's end. A testbed has one at a time.
 *
 * @param stack the namespace that the stack's programs run in
 * @param kernel the namespace of the kernel's end
 * @param device the kernel's interface
 */
record Link(Namespace stack, Namespace kernel, String device) {
  static final String STACK_ADDRESS = "10.77.0.1";
  static final String KERNEL_ADDRESS = "10.77.0.2";

  /** The stack's interface of a veth link. */
  static final String VETH = "mos-s";

  /** The interface of a TAP link. */
  static final String TAP = "mos-t";

  /** The address that net_pcap's ports have, so that what is recorded fits them. */
  private static final String STACK_MAC = "02:70:63:61:70:00";

  /** Lays a pair of virtual Ethernet interfaces, whose ends have namespaces of their own. */
  static Link veth(Testbed testbed, int mtu) throws IOException, InterruptedException {
    Link link = new Link(testbed.addNamespace("stack"), testbed.addNamespace("kernel"), "mos-k");
    testbed.run(
        "ip link add mos-k netns %s mtu %d type veth peer name %s netns %s address %s mtu %d"
            .formatted(link.kernel.name(), mtu, VETH, link.stack.name(), STACK_MAC, mtu));
    link.stack.ip("link set " + VETH + " up");
    // Or the kernel would leave checksums and segmentation to a NIC that isn't there.
    link.stack.run("ethtool -K " + VETH + " tx off");
    link.kernel.run("ethtool -K mos-k tx off");
    return link.withAddress();
  }

  /** Lays a TAP interface: the stack takes the place of its cable. */
  static Link tap(Testbed testbed) throws IOException, InterruptedException {
    Namespace both = testbed.addNamespace("stack");
    // DPDK would make the interface itself, and take it along; this one keeps its address between
    // runs.
    both.ip("tuntap add dev " + TAP + " mode tap multi_queue pi");
    return new Link(both, both, TAP).withAddress();
  }

  private Link withAddress() throws IOException, InterruptedException {
    kernel.ip("address add " + KERNEL_ADDRESS + "/24 dev " + device);
    kernel.ip("link set " + device + " up");
    return this;
  }

  /**
   * Adds a client behind the kernel as a router. That sends no more bytes to the stack in a packet,
   * and fragments the client's: it doesn't look for the path's MTU.
   *
   * @return the client's namespace
   */
  Namespace addClientBehindMtu(Testbed testbed, int mtu) throws IOException, InterruptedException {
    Namespace client = testbed.addNamespace("client");
    testbed.run(
        "ip link add mos-r netns %s type veth peer name mos-c netns %s"
            .formatted(kernel.name(), client.name()));
    kernel.run("ethtool -K mos-r tx off");
    client.run("ethtool -K mos-c tx off");
    kernel.ip("address add 10.78.0.1/24 dev mos-r");
    kernel.ip("link set mos-r up");
    client.ip("address add 10.78.0.2/24 dev mos-c");
    client.ip("link set mos-c up");
    client.ip("route add default via 10.78.0.1");
    kernel.sysctl("net.ipv4.ip_forward=1");
    kernel.ip("route add " + STACK_ADDRESS + "/32 dev " + device + " mtu lock " + mtu);
    client.sysctl("net.ipv4.ip_no_pmtu_disc=1");
    return client;
  }

  /** Makes the kernel ask again for the stack's hardware address. */
  void forgetNeighbours() throws IOException, InterruptedException {
    kernel.ip("neighbour flush dev " + device);
  }
}
