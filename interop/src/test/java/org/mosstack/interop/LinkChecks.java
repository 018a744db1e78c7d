package org.mosstack.interop;

import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.mosstack.testkit.program.Testbed;

/** Checks over one link, which is laid before the first and taken up after the last of them. */
@KernelPeer
abstract class LinkChecks {
  /** One core for the stack. */
  static final String ONE_CORE = "0x1";

  static final String TWO_CORES = "0x3";

  private final Device device;
  private final String coreMask;
  final int mtu;

  Testbed testbed;
  Link link;
  KernelEnd kernel;
  StackEnd stack;

  LinkChecks(Device device) {
    this(device, Device.DEFAULT_MTU, ONE_CORE);
  }

  LinkChecks(Device device, int mtu, String coreMask) {
    this.device = device;
    this.mtu = mtu;
    this.coreMask = coreMask;
  }

  @BeforeAll
  final void layLink(Testbed testbed) throws IOException, InterruptedException {
    this.testbed = testbed;
    link = device.lay(testbed, mtu);
    kernel = new KernelEnd(testbed, link);
    stack = new StackEnd(testbed, link, coreMask, device.line(mtu));
  }

  @AfterAll
  final void takeUpLink(Testbed testbed) throws IOException, InterruptedException {
    testbed.removeNamespaces();
  }
}
