package org.mosstack.bench.scenario;

import java.io.IOException;
import org.mosstack.bench.linux.Middle;
import org.mosstack.testkit.program.Namespace;
import org.mosstack.testkit.program.Testbed;

/**
 * Cables between a client and two servers, each with one of its own to a namespace in the middle,
 * which passes on each packet or drops it. Packets are single ones of 1500 bytes in the middle: no
 * NIC's offloads.
 *
 * @param client the client's end
 * @param stack the end of this project's server
 * @param kernel the end of the kernel's server
 * @param middle what passes packets on: see {@link Middle}
 * @param relay the client's cable leads through it; null if it leads to the middle
 */
record LinuxLink(
    Namespace client, Namespace stack, Namespace kernel, Namespace middle, Namespace relay) {
  static final String STACK_ADDRESS = "10.77.0.3";
  static final String STACK_DEVICE = "mos";
  static final int BUFFER_BYTES = 4_194_304;

  private static final String CLIENT_ADDRESS = "10.77.0.2";
  private static final String DEVICE = "eth";

  /** Lays the cables. */
  static LinuxLink lay(Testbed testbed, boolean withRelay)
      throws IOException, InterruptedException {
    LinuxLink link =
        new LinuxLink(
            testbed.addNamespace("client"),
            testbed.addNamespace("stack"),
            testbed.addNamespace("kernel"),
            testbed.addNamespace("middle"),
            withRelay ? testbed.addNamespace("relay") : null);
    cable(testbed, link.stack, STACK_DEVICE, link.middle, Middle.STACK);
    cable(testbed, link.kernel, DEVICE, link.middle, Middle.KERNEL);
    if (withRelay) {
      cable(testbed, link.client, DEVICE, link.relay, "near");
      cable(testbed, link.relay, "far", link.middle, Middle.CLIENT);
    } else {
      cable(testbed, link.client, DEVICE, link.middle, Middle.CLIENT);
    }
    setUp(link.client, CLIENT_ADDRESS);
    setUp(link.kernel, Middle.KERNEL_ADDRESS);
    return link;
  }

  private static void cable(
      Testbed testbed, Namespace one, String device, Namespace other, String otherDevice)
      throws IOException, InterruptedException {
    testbed.run(
        "ip link add %s netns %s type veth peer name %s netns %s"
            .formatted(device, one.name(), otherDevice, other.name()));
    plug(one, device);
    plug(other, otherDevice);
  }

  private static void plug(Namespace namespace, String device)
      throws IOException, InterruptedException {
    namespace.ip("link set dev " + device + " up");
    namespace.run("ethtool -K " + device + " tx off gro off");
  }

  /** Gives a kernel its address, and no memory of earlier transfers. */
  private static void setUp(Namespace kernel, String address)
      throws IOException, InterruptedException {
    kernel.ip("address add " + address + "/24 dev " + DEVICE);
    kernel.sysctl("net.ipv4.tcp_no_metrics_save=1");
    String bytes = "4096 " + BUFFER_BYTES + " " + BUFFER_BYTES;
    kernel.run("sysctl -qw", "net.ipv4.tcp_rmem=" + bytes, "net.ipv4.tcp_wmem=" + bytes);
  }
}
